import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import {readCifar10} from '../../reproductions/data/cifar10.js';
import {corpusFrom, corpusOf, vocabularySize} from '../../reproductions/data/corpus.js';
import {sentencesOf} from '../../reproductions/data/documentation.js';
import {generatedImages} from '../../reproductions/data/generatedImages.js';
import {readPennTreebank} from '../../reproductions/data/pennTreebank.js';
import {normal, permutation} from '../../reproductions/data/random.js';
import {shapes} from '../../reproductions/data/shapes.js';
import {windowsOf} from '../../reproductions/data/windows.js';
import {seededSource} from '../../src/inject/randomness.js';
import {TemporaryFolder} from '../support/temporaryFolder.js';

describe('random numbers of the reproductions', () => {
  it('follow from their seed', () => {
    const drawn = (seed: number) => Array.from({length: 5}, seededSource(seed));
    expect(drawn(1)).to.deep.equal(drawn(1)).and.not.deep.equal(drawn(2));
  });

  it('are normal by their first four moments', () => {
    const random = seededSource(3);
    const values = Array.from({length: 40_000}, () => normal(random));
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    // 0, 1, 0, 3; five standard errors of each.
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const)
      expect(moment(power)).to.be.closeTo(expected, 5 * Math.sqrt(variance / values.length));
  });

  it('order all places', () => {
    const order = permutation(50, seededSource(4));
    expect([...order]).to.not.deep.equal([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).to.deep.equal(Array.from({length: 50}, (_, i) => i));
  });
});

describe('generated images', () => {
  const counts = {train: 40, validation: 20, test: 20};

  it('are the same each time, and other ones in each set', () => {
    const images = generatedImages(counts);
    expect(images).to.deep.equal(generatedImages(counts));
    expect(images.validation.labels).to.deep.equal(images.test.labels);
    expect(images.validation.pixels).to.not.deep.equal(images.test.pixels);
  });

  it('are as many of each class', () => {
    const {train, classes} = generatedImages(counts);
    for (let label = 0; label < classes; label++)
      expect(train.labels.filter(each => each === label)).to.have.length(4);
  });

  it('show ten shapes that differ from each other in several places', () => {
    const places = [-0.9, -0.6, -0.3, 0, 0.3, 0.6, 0.9];
    const drawn = shapes.map(covers => places.flatMap(v => places.map(u => covers(u, v))));
    for (let i = 0; i < drawn.length; i++)
      for (let j = 0; j < i; j++) {
        const apart = drawn[i]!.filter((isCovered, at) => isCovered !== drawn[j]![at]).length;
        expect(apart, `${shapes[i]!.name} and ${shapes[j]!.name}`).to.be.above(5);
      }
  });
});

describe('the reader of CIFAR-10', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(() => folder.remove());

  const files = [1, 2, 3, 4, 5].map(number => `data_batch_${number}.bin`).concat('test_batch.bin');
  const counts = {train: 4, validation: 1, test: 2};

  /** The byte of a pixel in image `image` of file `file`. */
  const byteAt = (file: number, image: number, at: number) => (31 * file + 17 * image + at) % 256;

  function write(name: string, file: number, images: number, label = 0) {
    const bytes = Buffer.alloc(images * 3073);
    for (let image = 0; image < images; image++) {
      bytes[image * 3073] = label + image;
      for (let at = 0; at < 3072; at++) bytes[image * 3073 + 1 + at] = byteAt(file, image, at);
    }
    writeFileSync(join(folder.path, name), bytes);
  }

  const writeAll = () => {
    files.forEach((name, file) => {
      write(name, file, 2, file);
    });
  };

  it('gives labels, and red, green and blue of each pixel side by side, between −½ and ½', () => {
    writeAll();
    const {train, test, size, classes} = readCifar10(folder.path, counts);
    expect([size, classes]).to.deep.equal([32, 10]);
    expect([...train.labels]).to.deep.equal([0, 1, 2, 3]);
    expect([...test.labels]).to.deep.equal([5, 6]);
    const [row, column] = [7, 30];
    for (const channel of [0, 1, 2]) {
      const inFile = byteAt(5, 1, channel * 1024 + row * 32 + column);
      expect(test.pixels[((32 + row) * 32 + column) * 3 + channel]).to.be.closeTo(inFile / 255 - 0.5, 1e-7);
    }
  });

  it('takes the first images of each of its files', () => {
    writeAll();
    const {train, validation} = readCifar10(folder.path, {...counts, train: 7});
    expect([...train.labels]).to.deep.equal([0, 1, 2, 2, 3, 3, 4]);
    expect(validation.pixels[0]).to.be.closeTo(byteAt(4, 0, 0) / 255 - 0.5, 1e-7);
  });

  it('says which file is missing', () => {
    writeAll();
    expect(() => readCifar10(join(folder.path, 'elsewhere'), counts)).to.throw(
      RangeError,
      /must be there; received no .*data_batch_1\.bin/,
    );
  });

  it('says where bytes are missing or left over', () => {
    writeAll();
    writeFileSync(join(folder.path, 'data_batch_3.bin'), Buffer.alloc(3072));
    expect(() => readCifar10(folder.path, counts)).to.throw(
      RangeError,
      /records of 3073 bytes; received 3072 bytes in .*data_batch_3\.bin/,
    );
  });

  it('says where there are too few images', () => {
    writeAll();
    expect(() => readCifar10(folder.path, {...counts, test: 3})).to.throw(
      RangeError,
      /at least 3 images; received 2 in .*test_batch\.bin/,
    );
  });

  it('says where a label is none', () => {
    writeAll();
    write('data_batch_5.bin', 4, 1, 10);
    expect(() => readCifar10(folder.path, counts)).to.throw(
      RangeError,
      /labels of CIFAR-10 must be 0 to 9; received 10 in image 0 of .*data_batch_5\.bin/,
    );
  });
});

describe('text of the reproductions', () => {
  it('knows the most frequent words of the training text, and no others', () => {
    const train = ['b', 'a', '<eos>', 'a', 'c', 'b', '<eos>', 'd'];
    const {vocabulary, test} = corpusFrom({train, validation: [], test: ['d', 'a', 'z', '<eos>']}, 4);
    expect(vocabulary.words).to.deep.equal(['<unk>', '<eos>', 'a', 'b']);
    expect([...test]).to.deep.equal([0, 2, 0, 1]);
  });

  it('is of sentences without programs, addresses, marks and numbers', () => {
    const markdown =
      '# The Title\n\nTwo lines of\none sentence. It costs 1,024 or 3.5, see [here](https://x.org/a).\n\n```js\nconst a = 1;\n```\n- An item\n';
    expect(sentencesOf(markdown)).to.deep.equal([
      ['the', 'title', '<eos>'],
      ['two', 'lines', 'of', 'one', 'sentence', '<eos>'],
      ['it', 'costs', 'N', 'or', 'N', 'see', 'here', '<eos>'],
      ['an', 'item', '<eos>'],
    ]);
  });

  it('is the documentation where nobody gives another, eight tenths of it to train on', () => {
    const {train, validation, test, vocabulary} = corpusOf({isQuick: false});
    const all = train.length + validation.length + test.length;
    expect(all).to.be.above(20_000);
    expect(train.length / all).to.be.within(0.75, 0.85);
    expect(test.length / all).to.be.within(0.07, 0.13);
    expect(vocabulary.size).to.equal(vocabularySize);
    expect(vocabulary.words).to.include.members(['gradient', 'step', 'N']);
  });

  it('is cut into windows, each word followed by its next', () => {
    const windows = windowsOf(Int32Array.of(1, 2, 3, 4, 5, 6), 2);
    expect(windows.map(({input, target}) => [[...input], [...target]])).to.deep.equal([
      [
        [1, 2],
        [2, 3],
      ],
      [
        [3, 4],
        [4, 5],
      ],
    ]);
  });
});

describe('the reader of the Penn Treebank', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(() => folder.remove());

  it('gives words, with a word for the end of each line', () => {
    folder.write('ptb.train.txt', " no it was n't <unk> \n N years \n");
    folder.write('ptb.valid.txt', ' a \n');
    folder.write('ptb.test.txt', ' b\n\n c \n');
    expect(readPennTreebank(folder.path)).to.deep.equal({
      train: ['no', 'it', 'was', "n't", '<unk>', '<eos>', 'N', 'years', '<eos>'],
      validation: ['a', '<eos>'],
      test: ['b', '<eos>', 'c', '<eos>'],
    });
  });

  it('says which file is missing, and which is empty', () => {
    folder.write('ptb.train.txt', ' a \n');
    expect(() => readPennTreebank(folder.path)).to.throw(
      RangeError,
      /must be there; received no .*ptb\.valid\.txt/,
    );
    folder.write('ptb.valid.txt', '\n');
    expect(() => readPennTreebank(folder.path)).to.throw(
      RangeError,
      /must hold words; received none in .*ptb\.valid\.txt/,
    );
  });
});
