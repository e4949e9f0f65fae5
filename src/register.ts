/**
 * Registers every class, for loading saved models by name. Each class also
 * registers itself where it is imported; this entry is for programs that load
 * a model without naming its optimizer.
 */
import './optimizers/adaBelief.js';
import './optimizers/adadelta.js';
import './optimizers/adagrad.js';
import './optimizers/adam.js';
import './optimizers/adamax.js';
import './optimizers/adamW.js';
import './optimizers/adan.js';
import './optimizers/heun.js';
import './optimizers/lion.js';
import './optimizers/nadam.js';
import './optimizers/partitions.js';
import './optimizers/radam.js';
import './optimizers/ranger.js';
import './optimizers/rmsprop.js';
import './optimizers/rprop.js';
import './optimizers/rungeKutta.js';
import './optimizers/sgd.js';
