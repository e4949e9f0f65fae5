import {expect} from 'chai';
import {medianInterval} from '../../bench/interval.js';
import {judge} from '../../bench/report/aims.js';
import {aimTable} from '../../bench/report/aimTable.js';
import {drawings} from '../../bench/report/drawings.js';
import {page} from '../../bench/report/page.js';
import {backendTitle, ratioTable, shown, table} from '../../bench/report/table.js';
import {type BackendResult, withOthers} from '../../bench/results.js';

const ratioOf = (...samples: number[]) => medianInterval(samples);

const tensorflow: BackendResult = {
  backend: 'tensorflow',
  versions: {node: '20.0.0'},
  cores: 2,
  ratios: [
    {group: 'updates', name: '6 tensors, 1.86 M', ratio: ratioOf(0.2, 0.2, 0.21, 0.22, 0.5, 0.6)},
    {group: 'heun', name: 'dense, 30 layers of 64', ratio: ratioOf(1.9, 1.9, 2, 2, 2, 2.06)},
    {
      group: 'transparent',
      name: 'one weight',
      ratio: ratioOf(1, 1.1, 1.2),
      microseconds: ratioOf(40, 49, 70),
    },
    {group: 'updates', name: 'of another shape', ratio: ratioOf(1.234, 1.2, 1.3)},
  ],
  counts: [{name: 'gradient evaluations, Heun : SGD', ours: 3, theirs: 1}],
  memory: [{name: 'our Adam, 6 tensors', atRest: 2, tensorsAtRest: 12, peak: 1.5, largestWeight: 0.5}],
  accuracy: [{rule: 'Adam', elements: 1000, differing: 2, largest: 1, without: ['[0]']}],
  omitted: [],
};
const wasm: BackendResult = {
  ...tensorflow,
  backend: 'wasm',
  ratios: [],
  omitted: [{group: 'updates', name: '6 tensors, 1.86 M', reason: 'no memory'}],
};

describe('The report of the bench', () => {
  it('shows a median with its interval, in one precision', () => {
    expect(shown(ratioOf(0.1234, 0.12, 0.13))).to.equal('0.123 (0.120 to 0.130)');
    expect(shown(ratioOf(1.234, 0.9, 1.3))).to.equal('1.23 (0.90 to 1.30)');
    expect(table(['a', 'b'], [['1', '2']])).to.equal('| a | b |\n| --- | --- |\n| 1 | 2 |');
  });

  it('has a column for each backend, and says why a number is not there', () => {
    expect(ratioTable([tensorflow, wasm], 'updates', 'weights').split('\n').slice(2)).to.deep.equal([
      '| 6 tensors, 1.86 M | 0.215 (0.200 to 0.600) | no memory |',
      '| of another shape | 1.23 (1.20 to 1.30) | not measured |',
    ]);
  });

  it('keeps the groups that a further run has not measured, and no row of one that it has', () => {
    const further: BackendResult = {
      ...tensorflow,
      versions: {torch: '2'},
      ratios: [{group: 'updates', name: 'one of 10 M', ratio: ratioOf(0.1)}],
      omitted: [{group: 'fits', name: 'LSTM', reason: 'no memory'}],
    };
    const former = {...tensorflow, omitted: [{group: 'fits', name: 'dense', reason: 'no time'}]};
    const {ratios, omitted, versions} = withOthers(further, former);
    expect(ratios.map(({group, name}) => `${group}: ${name}`)).to.deep.equal([
      'heun: dense, 30 layers of 64',
      'transparent: one weight',
      'updates: one of 10 M',
    ]);
    expect(omitted.map(({name}) => name)).to.deep.equal(['LSTM']);
    expect(versions).to.deep.equal({node: '20.0.0', torch: '2'});
  });

  it('holds what was found against the aims, by the median or the upper end', () => {
    const judged = judge([tensorflow]).map(({row, isMet}) => [row.group, isMet]);
    expect(judged).to.deep.equal([
      ['updates', true],
      ['heun', false],
      ['transparent', true],
    ]);
  });

  it('judges what was counted', () => {
    const lines = aimTable([tensorflow]).split('\n').slice(-3);
    expect(lines).to.deep.equal([
      '| tfjs-node | gradient evaluations, Heun : SGD | = 2 | 3 | **not yet** |',
      '| tfjs-node | peak in a step: our Adam, 6 tensors | ≤ 1.50 | 1.50 | met |',
      '| tfjs-node | units in the last place | ≤ 0 | 1 | **not yet** |',
    ]);
  });

  it('judges the programs of small tensors, and no memory, where a GPU computes', () => {
    const counts = ['6 tensors, 1.86 M', '64 tensors, 133 k'].map(shape => ({
      name: `programs of an update, our Adam : Adam, ${shape}`,
      ours: 200,
      theirs: 1410,
    }));
    const lines = (backend: string) =>
      aimTable([{...tensorflow, backend, ratios: [], counts}])
        .split('\n')
        .slice(2);
    expect(lines('webgl')).to.deep.equal([
      '| WebGL in software | programs of an update, our Adam : Adam, 64 tensors, 133 k | ≤ 201 | 200 | met |',
      '| WebGL in software | units in the last place | ≤ 2 | 1 | met |',
    ]);
    expect(lines('webgpu')[0]).to.contain('| ≤ 313 | 200 | met |');
  });

  it('says where a GPU is one in software', () => {
    const title = (GPU?: string) =>
      backendTitle({backend: 'webgl', versions: GPU === undefined ? {} : {GPU}});
    expect(
      title('ANGLE (NVIDIA, Vulkan 1.4.312 (NVIDIA NVIDIA H100 80GB HBM3 (0x00002330)), NVIDIA)'),
    ).to.equal('WebGL on a GPU');
    const inSoftware =
      'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)';
    for (const gpu of [inSoftware, undefined]) expect(title(gpu)).to.equal('WebGL in software');
  });

  it('is a page with plots that are there', async () => {
    const svgs = await drawings([tensorflow, wasm]);
    const text = page([tensorflow, wasm], plot => `${plot}.svg`);
    const used = [...text.matchAll(/\((\w+)\.svg\)/g)].map(([, plot]) => plot);
    expect(used).to.have.members(Object.keys(svgs));
    for (const svg of Object.values(svgs)) expect(svg).to.match(/^<svg.*<\/svg>$/s);
    expect(text).to.contain('| tfjs-node | Adam | 2 of 1,000 | 1 | [0] |');
    expect(text).to.not.match(/undefined|NaN|null/);
  });
});
