/** The columns of the final table: title, and the text for a result beside the first row's. */
const columns = [
  ['optimizer', ({name}) => name],
  ['training loss', ({last}) => decimals(last.loss, 3)],
  ['validation loss', ({last}) => decimals(last.validationLoss, 3)],
  ['bits per character', ({last}) => decimals(last.validationLoss / Math.LN2, 3)],
  ['gradients per step', ({gradientsPerStep}) => decimals(gradientsPerStep, 0)],
  ['ms per step', ({stepMilliseconds}) => decimals(stepMilliseconds, 1)],
  [
    'time per step',
    ({stepMilliseconds}, first) => `${decimals(stepMilliseconds / first.stepMilliseconds, 2)} ×`,
  ],
];

export const tableNote =
  'Losses are in nats per character, at the end of the last epoch: training loss as fit reports it (the mean over ' +
  'the epoch, while the weights move), validation loss on held-out text. Bits per character = validation loss / ln 2. ' +
  'Time per step is the median step, relative to the first row; the rows run one after the other, so a busy machine blurs it.';

/** @returns `{head, body}`: titles, and for each result its cells, all as text */
export function makeTable(results) {
  const rows = results.map(result => ({...result, last: result.curve.at(-1)}));
  return {
    head: columns.map(([title]) => title),
    body: rows.map(row => columns.map(([, text]) => text(row, rows[0]))),
  };
}

/** The table for a terminal: the first column to the left, numbers to the right. */
export function formatTable({head, body}) {
  const widths = head.map((_title, column) =>
    Math.max(...[head, ...body].map(cells => cells[column].length)),
  );
  const line = cells =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ');
  return [line(head), widths.map(width => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

function decimals(value, count) {
  return Number.isFinite(value) ? value.toFixed(count) : 'diverged';
}
