import {SingleBar} from 'cli-progress';

/**
 * Shows how the training of one row goes on: a bar on a terminal, a few plain lines elsewhere.
 *
 * @returns `{step(number, loss), epoch(number, logs), end()}`
 */
export function showProgress(name, {epochs, steps, nameWidth}, stream = process.stdout) {
  const title = name.padEnd(nameWidth);
  return stream.isTTY ? progressBar(title, epochs * steps, stream) : progressLines(title, epochs, stream);
}

function progressBar(title, totalSteps, stream) {
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total}, {eta_formatted} left, loss {loss}, held out {validationLoss}`,
    barCompleteChar: '━',
    barIncompleteChar: '╌',
    barsize: 14,
    hideCursor: true,
    stream,
  });
  bar.start(totalSteps, 0, {loss: '–', validationLoss: '–'});
  return {
    step: (number, loss) => bar.update(number, {loss: loss.toFixed(3)}),
    epoch: (_number, {validationLoss}) => bar.update({validationLoss: validationLoss.toFixed(3)}),
    end: () => bar.stop(),
  };
}

function progressLines(title, epochs, stream) {
  const every = Math.ceil(epochs / 4);
  return {
    step: () => {},
    epoch: (number, {loss, validationLoss}) => {
      if (number % every !== 0 && number !== epochs) return;
      const losses = `loss ${loss.toFixed(3)}, held out ${validationLoss.toFixed(3)}`;
      stream.write(`${title}  epoch ${number} of ${epochs}, ${losses}\n`);
    },
    end: () => {},
  };
}
