/** The server's uploads by somebody else's client: tus-js-client, as it comes. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { DetailedError, Upload } from "tus-js-client";

import { openCommunity } from "../fixture/community.js";
import { openLine } from "../fixture/line.js";

describe("an off-the-shelf tus client", () => {
  let community;
  let line;
  let volunteer;

  before(async () => {
    community = await openCommunity();
    line = await openLine(community.url);
    volunteer = await community.signIn("v01");
  });
  after(async () => {
    await line?.close();
    await community?.close();
  });

  const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

  /** Uploads bytes; resolves with the upload once all of them are there. */
  function send(bytes, options = {}) {
    return new Promise((resolve, reject) => {
      const upload = new Upload(bytes, {
        endpoint: `${line.url}/api/v1/uploads`,
        headers: volunteer.headers,
        metadata: { filename: "门口.jpg", filetype: "image/jpeg", sha256: sha256(bytes) },
        retryDelays: [0, 100, 200, 400],
        onSuccess: () => resolve(upload),
        onError: reject,
        ...options,
      });
      if (options.previous) upload.resumeFromPreviousUpload({ uploadUrl: options.previous });
      upload.start();
    });
  }

  async function isKnown(bytes) {
    const answer = await fetch(`${community.url}/api/v1/uploads/known`, {
      method: "POST",
      headers: { ...volunteer.headers, "content-type": "application/json" },
      body: JSON.stringify({ sha256: [sha256(bytes)] }),
    });
    return (await answer.json()).known.length === 1;
  }

  it("sends a file in one piece, in many, and with its announcement", async () => {
    for (const options of [{}, { chunkSize: 70_000 }, { uploadDataDuringCreation: true }]) {
      const bytes = randomBytes(400_000);
      await send(bytes, options);
      assert.ok(await isKnown(bytes), JSON.stringify(options));
    }
  });

  it("goes on after the connection broke, without the bytes that had arrived", async () => {
    const bytes = randomBytes(3_000_000);
    line.become({ ...line.shape, cutAfter: 1_200_000 });
    line.bytesUp = 0;
    await send(bytes);
    assert.ok(await isKnown(bytes));
    assert.ok(line.cuts >= 2, `${line.cuts} cuts`);
    assert.ok(line.bytesUp < 1.5 * bytes.length, `${line.bytesUp} bytes up`);
  });

  it("goes on with an upload of yesterday, and ends one", async () => {
    line.become({ ...line.shape, cutAfter: Infinity });
    const bytes = randomBytes(200_000);
    const half = await new Promise((resolve, reject) => {
      const upload = new Upload(bytes, {
        endpoint: `${line.url}/api/v1/uploads`,
        headers: volunteer.headers,
        metadata: { sha256: sha256(bytes) },
        chunkSize: 100_000,
        onChunkComplete: () => upload.abort().then(() => resolve(upload.url), reject),
        onError: reject,
      });
      upload.start();
    });
    line.bytesUp = 0;
    await send(bytes, { previous: half });
    assert.ok(await isKnown(bytes));
    assert.ok(line.bytesUp < 110_000, `${line.bytesUp} bytes up`);
    await Upload.terminate(half, { headers: volunteer.headers });
    assert.ok(!(await isKnown(bytes)));
  });

  it("is told why a file that is another than announced is not taken", async () => {
    const bytes = randomBytes(1_000);
    const refused = send(bytes, { metadata: { sha256: sha256("another") }, retryDelays: null });
    await assert.rejects(refused, (error) => error instanceof DetailedError && error.originalResponse.getStatus() === 460);
  });
});
