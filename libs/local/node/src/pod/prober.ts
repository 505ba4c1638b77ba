// Startup, liveness and readiness probes of one running container. upstream: pkg/kubelet/prober
import type { Timer } from '@prow/base-time';
import type { Container, Probe } from '@prow/model-kube-types';
import { connect } from 'node:net';
import type { ExecResult } from '../driver/driver.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { portNumber, probeHttp } from './probe-http.ts';

export interface ProberOptions {
  context: NodeContext;
  container: Container;
  exec(command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  onChange(state: { started: boolean; ready: boolean }): void;
  /** A startup or liveness probe failed for good. */
  onFailure(message: string, graceSeconds: number | undefined): void;
}

export class Prober {
  private readonly options: ProberOptions;
  private readonly timers = new Set<Timer>();
  private stopped = false;
  private started: boolean;
  private ready: boolean;

  constructor(options: ProberOptions) {
    this.options = options;
    this.started = options.container.startupProbe === undefined;
    this.ready = this.started && options.container.readinessProbe === undefined;
  }

  start(): void {
    const { startupProbe } = this.options.container;
    if (startupProbe === undefined) this.startOthers();
    else {
      this.repeat(startupProbe, (ok, message) => {
        if (ok) {
          this.started = true;
          this.ready = this.options.container.readinessProbe === undefined;
          this.tell();
          this.startOthers();
          return false;
        }
        this.options.onFailure(`Startup probe failed: ${message}`, startupProbe.terminationGracePeriodSeconds);
        return false;
      });
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) timer.cancel();
  }

  private startOthers(): void {
    const { livenessProbe, readinessProbe } = this.options.container;
    if (livenessProbe) {
      this.repeat(livenessProbe, (ok, message) => {
        if (!ok) this.options.onFailure(`Liveness probe failed: ${message}`, livenessProbe.terminationGracePeriodSeconds);
        return ok;
      });
    }
    if (readinessProbe) {
      this.repeat(readinessProbe, (ok) => {
        if (this.ready !== ok) {
          this.ready = ok;
          this.tell();
        }
        return true;
      });
    }
  }

  private tell(): void {
    if (!this.stopped) this.options.onChange({ started: this.started, ready: this.ready });
  }

  /** Calls `decide` when enough results in a row agree; it says whether to go on. */
  private repeat(probe: Probe, decide: (ok: boolean, message: string) => boolean): void {
    let run = { ok: false, length: 0 };
    const again = (delayMs: number): void => {
      if (this.stopped) return;
      const timer = this.options.context.clock.after(delayMs, () => {
        this.timers.delete(timer);
        void this.once(probe).then(({ ok, message }) => {
          if (this.stopped) return;
          run = run.ok === ok ? { ok, length: run.length + 1 } : { ok, length: 1 };
          const enough = run.length >= (ok ? probe.successThreshold ?? 1 : probe.failureThreshold ?? 3);
          if (!enough || decide(ok, message)) again((probe.periodSeconds ?? 10) * 1000);
        });
      });
      this.timers.add(timer);
    };
    again((probe.initialDelaySeconds ?? 0) * 1000);
  }

  private async once(probe: Probe): Promise<{ ok: boolean; message: string }> {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
    try {
      if (probe.exec) {
        const { exitCode, output } = await this.options.exec(probe.exec.command ?? [], timeoutMs);
        return { ok: exitCode === 0, message: output.slice(0, 1024) };
      }
      if (probe.httpGet) return await probeHttp(probe.httpGet, this.options.container, timeoutMs);
      if (probe.tcpSocket) return await probeTcp(portNumber(probe.tcpSocket.port, this.options.container), probe.tcpSocket.host, timeoutMs);
      return { ok: true, message: '' };
    } catch (error) {
      return { ok: false, message: (error as Error).message };
    }
  }
}

function probeTcp(port: number | undefined, host: string | undefined, timeoutMs: number): Promise<{ ok: boolean; message: string }> {
  if (port === undefined) return Promise.resolve({ ok: false, message: 'unknown port' });
  return new Promise((resolve) => {
    const socket = connect({ port, host: host || '127.0.0.1', timeout: timeoutMs });
    const done = (ok: boolean, message: string): void => {
      socket.destroy();
      resolve({ ok, message });
    };
    socket.on('connect', () => done(true, ''));
    socket.on('timeout', () => done(false, 'timeout'));
    socket.on('error', (error) => done(false, error.message));
  });
}
