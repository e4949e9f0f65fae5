// Before TensorFlow.js is loaded: its plain JavaScript backend then computes in double precision throughout.
globalThis.Float32Array = Float64Array;
