// meta.ts - descriptions of what all objects have in common.

/** A line: `TYPE` or `TYPE.FIELD` (or `*.FIELD` for a field of every type), a blank, a sentence. */
export const META = `
*.apiVersion The group and version of the API that the object is written in, for example v1 or apps/v1.
*.kind What sort of object this is; together with apiVersion it says which fields there are.
*.metadata Name, namespace, labels and whatever else every object has.
*.spec What is wanted.
*.status What is the case, as the controllers see it. Users read it and do not write it.
meta.v1.ObjectMeta What every object has: how it is called, where it belongs, and what the system notes about it.
meta.v1.ObjectMeta.name The name of the object, unique among the objects of its kind in its namespace. It cannot be changed.
meta.v1.ObjectMeta.generateName A beginning from which the server makes a unique name when name is empty.
meta.v1.ObjectMeta.namespace The namespace that the object lives in; "default" when it is left out, none for kinds without namespaces.
meta.v1.ObjectMeta.labels Keys and values by which selectors find the object.
meta.v1.ObjectMeta.annotations Keys and values that tools keep with the object; nothing is selected by them.
meta.v1.ObjectMeta.uid A value that tells this object from another of the same name, earlier or later. Set by the server.
meta.v1.ObjectMeta.resourceVersion The version of this object in the store. A write that names an older one is refused. Not to be compared or counted on.
meta.v1.ObjectMeta.generation Counts the changes of the spec. Set by the server.
meta.v1.ObjectMeta.creationTimestamp When the object was made. Set by the server.
meta.v1.ObjectMeta.deletionTimestamp When the object is to be gone; set when its deletion was asked for and something must happen before it.
meta.v1.ObjectMeta.deletionGracePeriodSeconds How many seconds the object has between the request to delete it and its end.
meta.v1.ObjectMeta.finalizers Names of those who must do something before the object may go. It stays until the list is empty.
meta.v1.ObjectMeta.ownerReferences The objects that this one belongs to; when all of them are gone, it goes too.
meta.v1.ObjectMeta.managedFields Who set which fields, for server-side apply. Kept by the server.
meta.v1.ObjectMeta.selfLink Not used any more.
meta.v1.OwnerReference An object that another one belongs to.
meta.v1.OwnerReference.controller True for the one owner that manages the object.
meta.v1.OwnerReference.blockOwnerDeletion The owner cannot go in the foreground before this object is gone.
meta.v1.OwnerReference.uid The uid of the owner.
meta.v1.OwnerReference.name The name of the owner.
meta.v1.LabelSelector A choice of objects by their labels; all requirements must hold. An empty one chooses everything.
meta.v1.LabelSelector.matchLabels Keys and the values that they must have.
meta.v1.LabelSelector.matchExpressions Requirements of other forms: one of several values, none of them, the key alone.
meta.v1.LabelSelectorRequirement A requirement on one label.
meta.v1.LabelSelectorRequirement.key The key of the label.
meta.v1.LabelSelectorRequirement.operator In, NotIn, Exists or DoesNotExist.
meta.v1.LabelSelectorRequirement.values The values for In and NotIn; empty for the others.
meta.v1.Condition One observation about an object, with the time at which it last changed.
meta.v1.Condition.type What is observed.
meta.v1.Condition.status True, False or Unknown.
meta.v1.Condition.reason Why, in one word.
meta.v1.Condition.message Why, for people.
meta.v1.Condition.lastTransitionTime When the status last changed.
meta.v1.Condition.observedGeneration The generation of the spec that was looked at.
core.v1.ObjectReference Names an object.
core.v1.LocalObjectReference Names an object of the same namespace.
core.v1.LocalObjectReference.name The name of the object.
core.v1.Namespace A scope for names.
core.v1.ConfigMap Settings as keys and values, for programs to read.
core.v1.ConfigMap.data Keys and texts.
core.v1.ConfigMap.binaryData Keys and bytes.
core.v1.ConfigMap.immutable True: the data cannot be changed any more.
core.v1.Secret Settings that not everybody should read.
core.v1.Secret.data Keys and bytes in base64.
core.v1.Secret.stringData Keys and texts, for writing alone; they end up in data.
core.v1.Secret.type What the secret is for; some types must have certain keys.
core.v1.Secret.immutable True: the data cannot be changed any more.
`;
