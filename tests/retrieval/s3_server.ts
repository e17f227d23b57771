/**
 * A server of the part of Amazon's S3 protocol that LanceDB uses, with the objects in memory:
 * objects with ranges and conditions, listing, deletion, uploads in parts. Signatures are not checked.
 *
 * @source https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
 */
export interface S3Server extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  /** The objects by bucket and key. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Starts the server on a free port. */
export function startS3Server(): S3Server {
  const objects = new Map<string, Bytes>();
  const uploads = new Map<string, Map<number, Bytes>>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.slice(1));
    const query = url.searchParams;
    const body = new Uint8Array(await request.arrayBuffer());
    const uploadId = query.get("uploadId");
    switch (request.method) {
      case "PUT": {
        if (uploadId !== null) {
          const number = Number(query.get("partNumber"));
          uploads.get(uploadId)!.set(number, body);
          return new Response(null, { headers: { etag: `"${uploadId}-${number}"` } });
        }
        const source = request.headers.get("x-amz-copy-source");
        const bytes = source === null ? body : objects.get(decodeURIComponent(source).slice(1));
        if (bytes === undefined) return missing(key);
        if (request.headers.get("if-none-match") === "*" && objects.has(key)) {
          return fault(412, "PreconditionFailed", key);
        }
        objects.set(key, bytes);
        const copied = `<CopyObjectResult><ETag>${tag(bytes)}</ETag></CopyObjectResult>`;
        return source === null
          ? new Response(null, { headers: { etag: tag(bytes) } })
          : xml(copied);
      }
      case "POST": {
        if (query.has("uploads")) {
          const id = crypto.randomUUID();
          uploads.set(id, new Map());
          return xml(
            `<InitiateMultipartUploadResult><UploadId>${id}</UploadId>` +
              "</InitiateMultipartUploadResult>",
          );
        }
        if (uploadId !== null) {
          const parts = [...uploads.get(uploadId)!].sort(([a], [b]) => a - b);
          const bytes = await new Blob(parts.map(([, part]) => part)).bytes();
          objects.set(key, bytes);
          return xml(
            `<CompleteMultipartUploadResult><ETag>${tag(bytes)}</ETag>` +
              "</CompleteMultipartUploadResult>",
          );
        }
        const named = [...new TextDecoder().decode(body).matchAll(/<Key>(.*?)<\/Key>/g)];
        const bucket = key.split("/")[0];
        for (const [, name] of named) objects.delete(`${bucket}/${plain(name)}`);
        return xml(
          `<DeleteResult>${
            named.map(([, name]) => `<Deleted><Key>${name}</Key></Deleted>`).join("")
          }</DeleteResult>`,
        );
      }
      case "DELETE":
        if (uploadId !== null) uploads.delete(uploadId);
        else objects.delete(key);
        return new Response(null, { status: 204 });
      case "GET":
        if (query.has("list-type")) return list(key.split("/")[0], query);
    }
    const bytes = objects.get(key);
    if (bytes === undefined) return missing(key);
    return object(request, bytes);
  }

  function list(bucket: string, query: URLSearchParams): Response {
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter");
    const folders = new Set<string>();
    const contents: string[] = [];
    for (const [path, bytes] of [...objects].sort(([a], [b]) => a < b ? -1 : 1)) {
      if (!path.startsWith(`${bucket}/${prefix}`)) continue;
      const name = path.slice(bucket.length + 1);
      const end = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length);
      if (end >= 0) folders.add(name.slice(0, end + 1));
      else {
        contents.push(
          `<Contents><Key>${escaped(name)}</Key><LastModified>2026-01-01T00:00:00.000Z` +
            `</LastModified><ETag>${
              escaped(tag(bytes))
            }</ETag><Size>${bytes.length}</Size></Contents>`,
        );
      }
    }
    const prefixes = [...folders].map((folder) =>
      `<CommonPrefixes><Prefix>${escaped(folder)}</Prefix></CommonPrefixes>`
    );
    return xml(
      `<ListBucketResult><Name>${bucket}</Name><IsTruncated>false</IsTruncated>` +
        `${contents.join("")}${prefixes.join("")}</ListBucketResult>`,
    );
  }

  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    objects,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function object(request: Request, bytes: Bytes): Response {
  const headers = new Headers({
    "etag": tag(bytes),
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    "accept-ranges": "bytes",
  });
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "");
  const size = bytes.length;
  const first = range === null ? 0 : range[1] === "" ? size - Number(range[2]) : Number(range[1]);
  const last = range === null || range[1] === "" || range[2] === ""
    ? size - 1
    : Math.min(Number(range[2]), size - 1);
  const part = bytes.slice(first, last + 1);
  headers.set("content-length", String(part.length));
  if (range !== null) headers.set("content-range", `bytes ${first}-${last}/${size}`);
  const body = request.method === "HEAD" ? null : part;
  return new Response(body, { status: range === null ? 200 : 206, headers });
}

const tag = (bytes: Uint8Array) => `"${bytes.length}"`;
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const plain = (text: string) => text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");

function xml(text: string, status = 200): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>${text}`, {
    status,
    headers: { "content-type": "application/xml" },
  });
}

function fault(status: number, code: string, key: string): Response {
  return xml(`<Error><Code>${code}</Code><Key>${escaped(key)}</Key></Error>`, status);
}

const missing = (key: string) => fault(404, "NoSuchKey", key);
