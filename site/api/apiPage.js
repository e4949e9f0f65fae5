import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {ReflectionKind} from 'typedoc';
import {root} from '../paths.js';
import {sourceLink} from '../siteMap.js';
import {cell, commentAbove, inline, paramOf, proseOf} from './docComment.js';

/** What every optimizer and plugin has, and no user calls. */
const ofEveryClass = ['constructor', 'apply', 'getGroupedUpdates', 'evaluationsPerPhase', 'stateVersion'];

/** One page of the reference: an export, with the comment that stands above it in the sources. */
export class ApiPage {
  /** @param files  the page of each export. */
  constructor(reflection, {linesOf, files}) {
    this.reflection = reflection;
    this.linesOf = linesOf;
    this.files = files;
    this.page = files.get(reflection.name);
    this.name = reflection.name;
    this.kind = ReflectionKind.singularString(reflection.kind).replace('Type Alias', 'Type');
    this.file = reflection.sources[0].fileName;
    this.comment = this.commentOf(reflection);
  }

  /** Its first sentence, for a table, without the name that may stand before it. */
  get what() {
    if (this.kind === 'Namespace') return this.reflection.children.map(({name}) => `\`${name}\``).join(', ');
    const sentence = this.comment.summary.match(/^.*?\.(?=\s|$)/s)?.[0] ?? this.comment.summary;
    const told = sentence.replace(/^[A-Z][\w-]{2,11}: /, '');
    return cell(told.charAt(0).toUpperCase() + told.slice(1));
  }

  text() {
    const {reflection, name, kind, comment} = this;
    const parts = [`---\noutline: [2, 3]\n---\n\n# ${name}`, this.origin()];
    if (kind === 'Namespace') {
      parts.push(proseOf(comment.summary), ...reflection.children.map(child => this.member(child, '##')));
    } else {
      parts.push(proseOf(comment.summary));
      if (kind !== 'Class' && kind !== 'Interface') parts.push(this.declaration(reflection));
      parts.push(this.tagged(comment.tags, '##'));
      if (kind === 'Class' || kind === 'Interface') parts.push(this.members());
      parts.push(sourcesOf(comment.tags, '##'));
    }
    return `${parts.filter(part => part).join('\n\n')}\n`;
  }

  /** What it is, where it stands, and where more is told. */
  origin() {
    const {name, file} = this;
    const stem = name.startsWith('ScheduleFree') ? 'scheduleFree' : (file.match(/(\w+)\.ts$/)?.[1] ?? '');
    const hasCard =
      this.kind !== 'Interface' &&
      this.kind !== 'Type' &&
      existsSync(join(root, 'docs', 'cards', `${stem}.md`));
    return [
      `${this.kind} of \`tfjs-inject\``,
      ...(hasCard ? [`[card](/cards/${stem})`] : []),
      ...(name === 'Hooks' ? ['[hooks](/hooks)'] : []),
      ...(name === 'schedules' ? ['[schedules](/schedules)'] : []),
      ...(name.startsWith('InjectError') ? ['[errors](/errors)'] : []),
      `[${file}](${sourceLink(file)})`,
    ].join(' · ');
  }

  tagged(tags, level) {
    const of = name => tags.filter(({tag}) => tag === name).map(({text}) => text);
    const parts = [];
    const params = of('param').map(paramOf);
    for (const parent of new Set(params.map(param => param.parent))) {
      const rows = params
        .filter(param => param.parent === parent)
        .map(({names, text}) => `| ${names.map(name => `\`${name}\``).join(', ')} | ${cell(text)} |`);
      const title = parent === undefined ? 'Parameters' : parent[0].toUpperCase() + parent.slice(1);
      const heading = level === '##' ? `## ${title}` : `**${title}**`;
      parts.push(`${heading}\n\n| name | what it is |\n| --- | --- |\n${rows.join('\n')}`);
    }
    const returns = of('returns').map(text => `**Returns** ${inline(text)}`);
    const throws = of('throws').map(text => `**Throws** ${this.withCodes(text)}`);
    const examples = of('example').map(code => `\`\`\`js\n${code}\n\`\`\``);
    parts.push(...returns, ...throws);
    if (examples.length > 0) parts.push(...(level === '##' ? ['## Example'] : []), ...examples);
    return parts.join('\n\n');
  }

  /** Codes of errors lead to what to do about them. */
  withCodes(text) {
    return inline(text.replace(/\s+/g, ' ')).replace(/`([A-Z]+(?:_[A-Z]+)+)`/g, (code, name) =>
      name === 'MIN_VALUE' ? code : `[${code}](/errors#${name.toLowerCase()})`,
    );
  }

  members() {
    const own = this.reflection.children?.filter(child => !child.inheritedFrom && this.isShown(child)) ?? [];
    const base = this.baseName();
    const [told, bare] = [true, false].map(isThere =>
      own.filter(child => this.commentOf(child).isThere === isThere),
    );
    const parts = [...(bare.length > 0 ? [this.fence(bare.map(declarationOf).join('\n'))] : [])];
    parts.push(...told.map(child => this.member(child, '###')));
    if (parts.length > 0) parts.unshift('## Members');
    if (base)
      parts.push(
        `What every ${base === 'InjectPlugin' ? 'plugin' : 'optimizer'} has stands at [${base}](/api/${base}).`,
      );
    return parts.join('\n\n');
  }

  isShown(child) {
    if (child.name.startsWith('[') || (child.kind === ReflectionKind.Accessor && !child.getSignature))
      return false;
    if (this.kind !== 'Class') return true;
    if (isOurClass(this) && ofEveryClass.includes(child.name)) return false;
    return !child.overwrites || this.commentOf(child).isThere;
  }

  baseName() {
    if (!isOurClass(this)) return undefined;
    return this.file.startsWith('src/plugins/') ? 'InjectPlugin' : 'InjectOptimizer';
  }

  member(child, level) {
    if (child.kind === ReflectionKind.Reference) return '';
    const comment = this.commentOf(child);
    const heading = `${level} ${child.name}`;
    return [
      heading,
      proseOf(comment.summary),
      this.declaration(child),
      this.tagged(comment.tags, `${level}#`),
      sourcesOf(comment.tags),
    ]
      .filter(part => part)
      .join('\n\n');
  }

  declaration(reflection) {
    // A schedule's type names what stands in a table above it.
    if (this.name === 'schedules') return '';
    const text = declarationOf(reflection);
    return text && this.fence(text, reflection.name);
  }

  /** A declaration as TypeScript has it, and the types that it names. */
  fence(text, name) {
    const named = [...new Set(text.match(/\b[A-Z]\w*\b/g))].filter(
      each => each !== this.name && each !== name && this.files.has(each),
    );
    const links = named.map(each => `[${each}](/api/${this.files.get(each)})`).join(', ');
    return `\`\`\`ts\n${text}\n\`\`\`${links && `\n\nTypes: ${links}`}`;
  }

  commentOf(reflection) {
    const [place] = reflection.sources ?? reflection.signatures?.[0]?.sources ?? [];
    const found = place && commentAbove(this.linesOf(place.fileName), place.line);
    return found ? {...found, isThere: true} : {summary: '', tags: [], isThere: false};
  }
}

function sourcesOf(tags, level) {
  const see = tags.filter(({tag}) => tag === 'see').map(({text}) => inline(text.replace(/\s+/g, ' ')));
  if (see.length === 0) return '';
  return level ? [`${level} Sources`, ...see].join('\n\n') : `**Sources** ${see.join(' ')}`;
}

const isOurClass = ({kind, file}) => kind === 'Class' && /^src\/(optimizers|plugins)\//.test(file);

function declarationOf(reflection) {
  const {name, kind, flags} = reflection;
  const optional = flags.isOptional ? '?' : '';
  const modifiers = `${flags.isStatic ? 'static ' : ''}${flags.isReadonly ? 'readonly ' : ''}`;
  if (reflection.signatures)
    return reflection.signatures
      .map(signatureOf)
      .map(text => `${flags.isStatic ? 'static ' : ''}${text}`)
      .join('\n');
  if (kind === ReflectionKind.Accessor) return `get ${name}(): ${shortened(reflection.getSignature.type)}`;
  if (kind === ReflectionKind.TypeAlias)
    return `type ${name}${typeParametersOf(reflection)} = ${shortened(reflection.type)}`;
  if (kind === ReflectionKind.Interface)
    return `interface ${name} {\n${reflection.children.map(each => `  ${declarationOf(each)}`).join('\n')}\n}`;
  if (reflection.type) return `${modifiers}${name}${optional}: ${shortened(reflection.type)}`;
  return '';
}

function signatureOf(signature) {
  const name =
    signature.kind === ReflectionKind.ConstructorSignature ? `new ${signature.type}` : signature.name;
  const parameters = (signature.parameters ?? []).map(({name: each, type, flags, defaultValue}) => {
    const optional = flags.isOptional || defaultValue !== undefined ? '?' : '';
    return `${flags.isRest ? '...' : ''}${each}${optional}: ${shortened(type)}`;
  });
  const inOne = `${name}${typeParametersOf(signature)}(${parameters.join(', ')})`;
  const result =
    signature.kind === ReflectionKind.ConstructorSignature ? '' : `: ${shortened(signature.type)}`;
  if (inOne.length + result.length <= 80) return `${inOne}${result}`;
  return `${name}${typeParametersOf(signature)}(\n${parameters.map(each => `  ${each},\n`).join('')})${result}`;
}

function typeParametersOf({typeParameters}) {
  if (!typeParameters?.length) return '';
  return `<${typeParameters.map(({name, type}) => (type ? `${name} extends ${shortened(type)}` : name)).join(', ')}>`;
}

/** A type as text, a union of many members on as many lines. */
function shortened(type) {
  const text = String(type).replaceAll('"', "'");
  if (text.length <= 80) return text;
  if (/^\{ [^{}]* \}$/.test(text)) return text.replaceAll(/([{;]) /g, '$1\n  ').replace(/ \}$/, ';\n}');
  if (type?.type !== 'union') return text;
  return type.types.map(each => `\n  | ${String(each).replaceAll('"', "'")}`).join('');
}
