// services.ts - tells what tables do not take from a Service: an annotation that says nothing they know.
import { annotationFindings } from '../../topology/annotated.js';
import type { ControllerContext } from '../context.js';

/** Watches Services and tells; it has no work of its own. */
export class ServiceEvents {
  readonly name = 'serviceevents';
  readonly stop: () => void;

  constructor({ store, recorder }: ControllerContext) {
    const events = recorder.of('kubewire');
    this.stop = store.watch(({ type, object, old }) => {
      const { annotations } = object.metadata;
      if (type === 'DELETED' || annotations === undefined || old?.metadata.annotations === annotations) return;
      for (const [field, what] of annotationFindings(object))
        events.warn(object, 'AnnotationIgnored', `${field}: ${what}`);
    }, 'Service');
  }

  sync(): void {}
}
