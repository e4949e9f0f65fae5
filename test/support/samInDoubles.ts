import './backend.js';
import {fusion} from '../../src/rules/fused.js';
import {followSamRuns} from './samRuns.js';

// A kernel computes in float32.
fusion.isOn = false;

console.log(JSON.stringify(await followSamRuns(Number(process.argv[2]))));
