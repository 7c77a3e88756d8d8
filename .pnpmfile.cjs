// The packages that carry the Node binary declare "os" and "cpu" as strings, where npm's manifest format
// wants arrays; without arrays the lockfile would install every platform's binary everywhere.
const nodeBinary = /^node-(linux|win)-(x64|arm64)$/;

function readPackage(manifest) {
  if (nodeBinary.test(manifest.name)) {
    manifest.os = [manifest.os].flat();
    manifest.cpu = [manifest.cpu].flat();
    if (manifest.name.startsWith('node-linux')) manifest.libc = ['glibc'];
  }
  return manifest;
}

module.exports = { hooks: { readPackage } };
