/** The facts with which house comments end, each on a line of its own. */
const facts =
  /^(Cost|Slots|Reports|Differs from [^:]+|Runs on|Changes|Neutral setting|Order|Evaluation|Saved): (.*)$/;

/**
 * The text of a doc comment as Markdown. It is laid out for a tooltip: indented lines after a colon are a formula, others
 * that are indented go on with the line before, and what each class tells in the same order (cost, slots …) is a list.
 */
export function proseOf(text) {
  const blocks = [];
  let last;
  const open = kind => {
    last = {kind, lines: []};
    blocks.push(last);
  };
  for (const line of text.split('\n')) {
    const previous = last?.lines.at(-1);
    if (line.trim() === '') last = undefined;
    else if (/^ {4}/.test(line)) {
      if (last === undefined || (last.kind !== 'formula' && previous.endsWith(':'))) open('formula');
      if (last.kind === 'formula') last.lines.push(line.slice(4));
      else last.lines.push(`${last.lines.pop()} ${line.trim()}`);
    } else {
      const fact = line.match(facts);
      const kind = fact || last?.kind === 'facts' ? 'facts' : 'prose';
      if (last?.kind !== kind) open(kind);
      if (kind === 'facts' && !fact) last.lines.push(`${last.lines.pop()} ${line}`);
      else last.lines.push(line);
    }
  }
  return blocks.map(render).join('\n\n');
}

function render({kind, lines}) {
  if (kind === 'formula') return `\`\`\`text\n${lines.join('\n')}\n\`\`\``;
  if (kind === 'prose') return inline(lines.join('\n'));
  return lines
    .map(line => {
      const [, name, what] = line.match(facts);
      return `- **${name}:** ${inline(what)}`;
    })
    .join('\n');
}

/** Text in which nothing but what stands between backticks means anything to Markdown or Vue. */
export function inline(text) {
  return text
    .split(/(`[^`]*`)/)
    .map(part =>
      part.startsWith('`')
        ? part
        : part
            .replace(/[\\*_[\]|~]/g, '\\$&')
            .replaceAll('<', '&lt;')
            .replaceAll('{{', '{&#123;'),
    )
    .join('');
}

/** The same in a cell of a table. */
export const cell = text =>
  inline(text.replace(/\s+/g, ' '))
    .split(/(`[^`]*`)/)
    .map(part => (part.startsWith('`') ? part.replaceAll('|', '\\|') : part))
    .join('');

/**
 * The doc comment that ends above a line (counted from 1) of a source: its text, and its tags in order; `undefined` where
 * there is none. TypeDoc has no part in it: it would take `@param options.k, alpha` apart.
 */
export function commentAbove(lines, line) {
  const end = line - 2;
  if (!lines[end]?.trimEnd().endsWith('*/')) return undefined;
  let start = end;
  while (!lines[start].trimStart().startsWith('/**')) start--;
  const text = lines
    .slice(start, end + 1)
    .join('\n')
    .replace(/^\s*\/\*\* ?/, '')
    .replace(/\s*\*\/\s*$/, '')
    .replace(/^\s*\* ?/gm, '')
    .trim();
  const [summary, ...tags] = text.split(/^(?=@[a-z]+\b)/m);
  return {summary: summary.trimEnd(), tags: tags.map(tagOf)};
}

function tagOf(text) {
  const [, tag, rest] = text.match(/^@([a-z]+)\s?(.*)$/s);
  return {tag, text: tag === 'example' ? rest.trim() : rest.trimEnd()};
}

/** `options.k, alpha  What they are.`: names, of one parent, and what they are, after two blanks or one. */
export function paramOf(text) {
  const [, names, what] = text.match(/^([^\s,]+(?:, [^\s,]+)*) +(.*)$/s);
  const [first] = names.split(', ');
  const parent = first.includes('.') ? first.slice(0, first.lastIndexOf('.')) : undefined;
  return {parent, names: names.split(', ').map(name => name.split('.').at(-1)), text: what.trim()};
}
