// Run in a process of its own: a library that does not fit may end the process instead of throwing.
const util = require('node:util');

// tfjs-node 4 calls these two in its kernels, and Node removes them (src/node.ts has the story).
util.isArray ??= Array.isArray;
util.isNullOrUndefined ??= value => value === null || value === undefined;

const tf = require(process.argv[2]);
const product = tf.matMul([[2]], [[3]]).dataSync()[0];
if (product !== 6) throw new Error(`a kernel of the native backend is wrong: 2 · 3 gave ${product}`);
