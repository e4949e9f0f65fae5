#!/usr/bin/env node
/**
 * Makes the native binding of the installed @tensorflow/tfjs-node work, also where its vendor's server is out of
 * reach. Everything is made in a temporary folder beside the package and moved in at the end, so that the script
 * may be interrupted at any moment and run again.
 */
import {basename, relative} from 'node:path';
import {parseArgs} from 'node:util';
import {bindingFailure} from './setupNode/bindingFailure.js';
import {buildBinding} from './setupNode/buildBinding.js';
import {findTfjsNode} from './setupNode/findTfjsNode.js';
import {findTools} from './setupNode/findTools.js';
import {libraryFromWheel} from './setupNode/libraryFromWheel.js';
import {packageInstaller} from './setupNode/packageInstaller.js';
import {SetupError} from './setupNode/setupError.js';
import {publish, removeLeftovers, withStaging} from './setupNode/staging.js';

const usage = `Usage: ${basename(process.argv[1])} [--package DIR]

Makes the native binding of @tensorflow/tfjs-node work: sees whether it loads; else lets the package's own
installer try; else takes the TensorFlow library from its Python wheel (200 MB) and builds the binding.

  --package DIR   the installed @tensorflow/tfjs-node (default: the one that this project uses)
  --help          show this text`;

async function setupNode(packageDir) {
  console.log(`tfjs-node: ${relative(process.cwd(), packageDir) || packageDir}`);
  removeLeftovers(packageDir);
  const failure = await bindingFailure(packageDir);
  if (!failure) {
    console.log('tfjs-node: its native binding already works, nothing to do.');
    return;
  }
  console.log(`tfjs-node: its native binding does not work yet (${failure})`);

  await withStaging(packageDir, async staging => {
    console.log("1/4 the package's own installer");
    const installerFailure = await packageInstaller(staging);
    if (installerFailure) {
      console.log(`    did not bring it (${installerFailure})`);
      const tools = findTools(packageDir);
      console.log(
        '2/4 the TensorFlow library, from its Python wheel (200 MB to download, 0.6 GB on the disk)',
      );
      await libraryFromWheel(staging, tools);
      console.log('3/4 the binding, from the sources that the package ships');
      await buildBinding(staging, tools);
    }
    console.log('4/4 into place');
    await publish(staging, packageDir);
  });
  console.log('tfjs-node: its native binding works.');
}

try {
  const {values} = parseArgs({options: {package: {type: 'string'}, help: {type: 'boolean'}}});
  if (values.help) console.log(usage);
  else await setupNode(findTfjsNode(values.package));
} catch (error) {
  const isExpected = error instanceof SetupError || error.code?.startsWith('ERR_PARSE_ARGS');
  console.error(isExpected ? `\n${error.message}` : error);
  process.exitCode = 1;
}
