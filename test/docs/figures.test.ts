import {readdirSync, readFileSync} from 'node:fs';
import {expect} from 'chai';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const numbersOf = (text: string) => text.match(/\d[\d,]*\.?\d*/g) ?? [];

/** All numbers that tell how fast, how exact or how well tried the library is. */
const isFigure = (number: string) => /^\d+\.\d{2,}$|^\d{2,}$|,\d{3}/.test(number);

/** Pictures that explain, with no number in them. */
const isDrawing = (file: string) => file.includes('pictures/');

describe('the figures of the docs', () => {
  it('stand, on the first page, in what the page that they lead to was made of', () => {
    const facts = [...read('docs/index.md').matchAll(/^- \*\*\[[^\]]*\]\((\w+\.md)#[\w-]+\)\.\*\* (.*)$/gm)];
    expect(facts.length).to.be.at.least(6);
    for (const [, page, text] of facts) {
      const measured = numbersOf(read(`docs/${page}`));
      const unknown = numbersOf(text!.replace(/`[^`]*`/g, ''))
        .map(number => number.replace(/[.,]$/, ''))
        .filter(number => isFigure(number) && !measured.some(each => each.replace(/[.,]$/, '') === number));
      expect(unknown, text).to.deep.equal([]);
    }
  });

  it('stand in the bench, where a page says when not to use it', () => {
    const known = numbersOf(read('docs/bench.md') + read('README.md').match(/## Requirements.*?\n## /s)![0]);
    const unknown = numbersOf(read('docs/whenNotToUse.md'))
      .map(number => number.replace(/[.,]$/, ''))
      .filter(
        number =>
          isFigure(number) && number !== '32' && !known.some(each => each.replace(/[.,]$/, '') === number),
      );
    expect(unknown).to.deep.equal([]);
  });

  it('stand, where they are drawn or told as measured, on a page that names the command which makes them', () => {
    const {scripts} = JSON.parse(read('package.json')) as {scripts: Record<string, string>};
    const pages = (readdirSync(new URL('../../docs', import.meta.url), {recursive: true}) as string[])
      .filter(name => name.endsWith('.md'))
      .map(name => `docs/${name}`);
    let drawn = 0;
    for (const page of ['README.md', ...pages]) {
      const text = read(page);
      const plots = [...text.matchAll(/!\[[^\]]*\]\(([^)]+\.svg)\)/g)].filter(
        ([, file]) => !isDrawing(file!),
      );
      const tells = /\bmeasured\b[^.]*\d/i.test(text.replace(/^```.*?^```/gms, ''));
      if (plots.length === 0 && !tells) continue;
      drawn += plots.length;
      const commands = [...text.matchAll(/`npm (?:run )?([\w:]+)/g)].map(([, name]) => name!);
      expect(
        commands.some(name => name in scripts),
        page,
      ).to.equal(true);
    }
    expect(drawn).to.be.above(10);
  });
});
