/** Options as one text, under the one key where tfjs-layers leaves it as it is: elsewhere capitals and underscores are lost. */
export function savedText(options: object): {name: string} {
  return {name: JSON.stringify(options)};
}
