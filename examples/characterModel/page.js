/** One page that needs nothing else: the picture, the table, the settings and the sampled text. */
export function makePage({svg, table, note, settings, sample}) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Optimizers on a character model</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>Optimizers on a character model</h1>
<p>The same first weights, the same batches in the same order; only the optimizer differs.</p>
<figure>${svg}</figure>
<h2>Results</h2>
${tableMarkup(table)}
<p class="note">${escapeMarkup(note)}</p>
<h2>Settings</h2>
<dl>
${settings.map(([name, value]) => `<dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(String(value))}</dd>`).join('\n')}
</dl>
${sample === undefined ? '' : sampleMarkup(sample)}
</body>
</html>
`;
}

const pageStyle = `
:root { color-scheme: light dark; color: light-dark(#222, #ddd); background: light-dark(#fff, #16181c); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
figure { margin: 1rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; background: none; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: 0.3rem 0.8rem; text-align: right; border-bottom: 1px solid light-dark(#ddd, #3a3d44); }
th:first-child, td:first-child { text-align: left; white-space: nowrap; padding-left: 0; }
.note { font-size: 0.875rem; opacity: 0.8; max-width: 48rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.5rem; } dt { opacity: 0.8; } dd { margin: 0; }
pre { padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: light-dark(#f4f4f5, #22252b); }
`;

function tableMarkup({head, body}) {
  const cells = (tag, texts) => texts.map(text => `<${tag}>${escapeMarkup(text)}</${tag}>`).join('');
  const rows = body.map(texts => `<tr>${cells('td', texts)}</tr>`).join('\n');
  return `<table>\n<thead><tr>${cells('th', head)}</tr></thead>\n<tbody>\n${rows}\n</tbody>\n</table>`;
}

function sampleMarkup({name, text}) {
  return `<h2>Text by the best model (${escapeMarkup(name)})</h2>\n<pre>${escapeMarkup(text)}</pre>`;
}

function escapeMarkup(text) {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
