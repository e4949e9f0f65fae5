import * as tf from '@tensorflow/tfjs-core';

/** A place in memory that keeps what is saved as a file would: as text and bytes. */
export function memoryPlace(): tf.io.IOHandler & {artifacts: tf.io.ModelArtifacts | undefined} {
  const place = {
    artifacts: undefined as tf.io.ModelArtifacts | undefined,
    save: async ({weightData, ...rest}: tf.io.ModelArtifacts) => {
      const bytes = (weightData as ArrayBuffer).slice(0);
      place.artifacts = {...JSON.parse(JSON.stringify(rest)), weightData: bytes};
      return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(place.artifacts!)};
    },
    load: async () => {
      const {weightData, ...rest} = place.artifacts!;
      return {...JSON.parse(JSON.stringify(rest)), weightData: (weightData as ArrayBuffer).slice(0)};
    },
  };
  return place;
}
