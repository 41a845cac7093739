/** Proxies that the environment names, for requests of node:http and node:https. */
import type { Agent } from 'node:http';
import { missingPeer } from '../terms/missing-peer.js';
import { environmentProxy } from './environment-proxy.js';

const agents = new Map<string, Agent>();

/**
 * The agent that reaches an address through the proxy of the environment, in a tunnel (`CONNECT`); undefined where none is
 * named for it.
 * @throws SluiceError (rejects) `MISSING_PEER`; `INVALID` for a proxy that is no http or https address
 */
export async function proxyAgent(url: URL): Promise<Agent | undefined> {
  const proxy = environmentProxy(url);
  if (!proxy) return undefined;
  const known = agents.get(proxy.href);
  if (known) return known;
  const { HttpsProxyAgent } = await importAgent();
  const agent: Agent = new HttpsProxyAgent(proxy.href, { keepAlive: true });
  agents.set(proxy.href, agent);
  return agent;
}

async function importAgent(): Promise<typeof import('https-proxy-agent')> {
  try {
    return await import('https-proxy-agent');
  } catch (cause) {
    throw missingPeer('a proxy of the environment (HTTPS_PROXY)', 'https-proxy-agent', cause);
  }
}
