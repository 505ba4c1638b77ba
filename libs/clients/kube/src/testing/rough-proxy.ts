// On the level of TCP, so that a cut falls anywhere: in a line, in a TLS record, in the head of an answer.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface RoughProxy {
  readonly port: number;
  /** Each connection is cut after so many bytes of answers, asked once a connection; undefined lets them live. */
  setBytesToLive(ask: (() => number) | undefined): void;
  /** Cuts what is open. */
  cut(): void;
  /** While stalled nothing is read from the server: to it all consumers are as slow as can be. */
  stall(isStalled: boolean): void;
  stop(): Promise<void>;
}

/** @param targetPort of the server, on the loopback */
export async function startRoughProxy(targetPort: () => number): Promise<RoughProxy> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let bytesToLive: (() => number) | undefined;
  let isStalled = false;
  const proxy = createServer((client) => {
    const server = connect(targetPort(), '127.0.0.1');
    const pair = { client, server };
    pairs.add(pair);
    let left = bytesToLive?.() ?? Infinity;
    for (const socket of [client, server]) {
      socket.on('error', () => {}).on('close', () => {
        pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, Math.max(0, left)));
      left -= chunk.length;
      if (left <= 0) client.destroySoon();
      if (isStalled) server.pause();
    });
    server.on('end', () => client.destroySoon());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  return {
    port: (proxy.address() as AddressInfo).port,
    setBytesToLive: (ask) => (bytesToLive = ask),
    cut,
    stall: (now) => {
      isStalled = now;
      for (const { server } of pairs) server[now ? 'pause' : 'resume']();
    },
    stop: async () => {
      cut();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
