// names.ts - who can carry packets in a lab, by the names of --dataplane.
import type { KernelMode } from './rules.js';

export const DATAPLANES = ['kubewire', 'kernel-nftables', 'kernel-iptables'] as const;
export type DataplaneName = (typeof DATAPLANES)[number];

export type KernelDataplaneName = Exclude<DataplaneName, 'kubewire'>;
export const KERNEL_DATAPLANES = DATAPLANES.filter((name): name is KernelDataplaneName => name !== 'kubewire');

export const isDataplane = (name: string): name is DataplaneName => DATAPLANES.some((known) => known === name);

/** The mode of kube-proxy whose rules a dataplane of the kernel loads. */
export const kernelMode = (name: KernelDataplaneName): KernelMode =>
  name === 'kernel-iptables' ? 'iptables' : 'nftables';
