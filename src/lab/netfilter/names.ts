// names.ts - the dataplanes that can carry packets in a lab, as named by --dataplane.
import type { KernelMode } from './rules.js';

export const DATAPLANES = ['kubewire', 'kernel-nftables', 'kernel-iptables'] as const;
export type DataplaneName = (typeof DATAPLANES)[number];

export type KernelDataplaneName = Exclude<DataplaneName, 'kubewire'>;
export const KERNEL_DATAPLANES = DATAPLANES.filter((name): name is KernelDataplaneName => name !== 'kubewire');

export const isDataplane = (name: string): name is DataplaneName => DATAPLANES.some((known) => known === name);

/** The kube-proxy mode whose rules a kernel dataplane loads. */
export const kernelMode = (name: KernelDataplaneName): KernelMode =>
  name === 'kernel-iptables' ? 'iptables' : 'nftables';
