import type {Stack} from '../../../playground/setting.js';

/** What a stack is called in pictures and tables. */
export function nameOf({optimizer, plugins}: Stack): string {
  return [...plugins.map(({name}) => name).reverse(), optimizer.name].join(' ∘ ');
}

/** One colour and one dash for each stack, told apart without colours too. */
export const strokes = [
  {colour: '#0f766e', dash: []},
  {colour: '#b45309', dash: [8, 4]},
  {colour: '#6d28d9', dash: [2, 3]},
  {colour: '#be185d', dash: [10, 3, 2, 3]},
  {colour: '#1d4ed8', dash: [4, 4]},
  {colour: '#4d7c0f', dash: [1, 4]},
] as const;

export const strokeOf = (i: number) => strokes[i % strokes.length]!;

export function download(name: string, content: string | Blob, type: string): void {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], {type}));
  const link = Object.assign(document.createElement('a'), {href: address, download: name});
  link.click();
  URL.revokeObjectURL(address);
}
