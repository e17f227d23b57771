/**
 * `fetch` whose answers end with an error once they are longer than allowed, before they are held in
 * memory; what is unpacked counts.
 *
 * @param maxBytes of an answer's body
 * @throws {RangeError} from reading the body, when it is longer
 */
export function limitedFetch(
  maxBytes: number,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { body, status, statusText, headers } = response;
    if (body === null) return response;
    const tooLong = () =>
      new RangeError(`the answer is longer than ${Math.round(maxBytes / 2 ** 20)} MiB`);
    if (Number(headers.get("content-length") ?? 0) > maxBytes) {
      await body.cancel();
      throw tooLong();
    }
    const reader = body.getReader();
    // An abort reaches a body through its response, of which nothing is left here.
    const stop = () => void reader.cancel().catch(() => {});
    init?.signal?.addEventListener("abort", stop, { once: true });
    let bytes = 0;
    const limited = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) {
          init?.signal?.removeEventListener("abort", stop);
          return init?.signal?.aborted ? controller.error(init.signal.reason) : controller.close();
        }
        bytes += value.length;
        if (bytes <= maxBytes) return controller.enqueue(value);
        controller.error(tooLong());
        await reader.cancel();
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return new Response(limited, { status, statusText, headers });
  };
}
