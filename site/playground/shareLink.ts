import {type Setting, settingFrom} from './setting.js';

/** A setting as the part of an address after '#'. */
export function toHash(setting: Setting): string {
  const bytes = new TextEncoder().encode(JSON.stringify(setting));
  const text = Array.from(bytes, byte => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws TypeError where it holds no setting that can be run, and says why. */
export function fromHash(hash: string): Setting {
  return settingFrom(parsed(hash.replace(/^#/, '')));
}

function parsed(hash: string): unknown {
  try {
    const text = atob(hash.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(
      new TextDecoder('utf-8', {fatal: true}).decode(Uint8Array.from(text, char => char.charCodeAt(0))),
    );
  } catch {
    throw new TypeError('the link was cut off or changed: it must be copied whole');
  }
}
