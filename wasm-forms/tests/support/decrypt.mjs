// Reads an encrypted submission with Node's own cryptography, following the ODK specification of encrypted forms and
// nothing of the engine. `generate` writes a key pair; `decrypt` takes {private_key, manifest, files: [[name, base64]]}
// and writes {files: [[name, base64]], is_signed}.
import { createDecipheriv, createHash, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { readFileSync } from "node:fs";

const md5 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("md5")).digest();
const say = (value) => process.stdout.write(JSON.stringify(value));

function generate(bits) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  say({
    public_key: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  });
}

function decrypt({ private_key: key, manifest, files }) {
  const unescaped = (text) =>
    text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");
  const all = (pattern) => [...manifest.matchAll(pattern)].map((it) => unescaped(it[1]));
  const one = (pattern) => all(pattern)[0];
  const open = (base64) => privateDecrypt({ key, oaepHash: "sha256" }, Buffer.from(base64, "base64"));

  const encryptedKey = one(/<base64EncryptedKey>([^<]*)/g);
  const symmetric = open(encryptedKey);
  const instanceId = one(/instanceID>([^<]*)/g);
  const vector = md5(instanceId, symmetric);
  const names = [...all(/<file>([^<]*)/g), one(/<encryptedXmlFile>([^<]*)/g)];
  const contents = new Map(files);
  const plain = names.map((name, at) => {
    vector[at % 16] = (vector[at % 16] + 1) % 256;
    const cipher = createDecipheriv("aes-256-cfb", symmetric, vector);
    const padded = Buffer.concat([cipher.update(Buffer.from(contents.get(name), "base64")), cipher.final()]);
    const nPadding = padded[padded.length - 1];
    if (nPadding < 1 || nPadding > 16 || padded.subarray(-nPadding).some((it) => it !== nPadding)) throw new Error("padding");
    return [name.replace(/\.enc$/, ""), padded.subarray(0, padded.length - nPadding)];
  });
  const version = one(/ version="([^"]*)"/g);
  const lines = [one(/ id="([^"]*)"/g), ...(version === undefined ? [] : [version]), encryptedKey, instanceId];
  lines.push(...plain.map(([name, bytes]) => `${name}::${md5(bytes).toString("hex")}`));
  const wanted = md5(lines.map((it) => `${it}\n`).join(""));
  const isSigned = open(one(/<base64EncryptedElementSignature>([^<]*)/g)).equals(wanted);
  say({ files: plain.map(([name, bytes]) => [name, bytes.toString("base64")]), is_signed: isSigned });
}

const [task, bits] = process.argv.slice(2);
if (task === "generate") generate(Number(bits));
else decrypt(JSON.parse(readFileSync(0, "utf8")));
