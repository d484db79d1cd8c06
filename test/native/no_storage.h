// no_storage.h - storage that remembers nothing, so that a core header compiles alone as C11 and C++20.
#ifdef KUBEWIRE_CORE_STORAGE_H

struct kw_storage {
  int nothing;
};

static inline struct kw_flow *kw_storage_find(struct kw_storage *storage, const struct kw_tuple *tuple, uint64_t now,
                                              uint32_t *direction, uint32_t *hash) {
  (void)storage, (void)tuple, (void)now;
  *direction = KW_DIRECTION_ORIGINAL;
  *hash = 0;
  return NULL;
}

static inline struct kw_flow *kw_storage_flow(struct kw_storage *storage, const struct kw_tuple *tuple, uint64_t now,
                                              uint32_t *direction, uint32_t *hash) {
  return kw_storage_find(storage, tuple, now, direction, hash);
}

static inline struct kw_flow *kw_storage_create(struct kw_storage *storage, const struct kw_tuple *original,
                                                uint32_t original_hash, const struct kw_tuple *reply,
                                                uint32_t reply_hash) {
  (void)storage, (void)original, (void)original_hash, (void)reply, (void)reply_hash;
  return NULL;
}

static inline void kw_storage_forget(struct kw_storage *storage, struct kw_flow *flow) { (void)storage, (void)flow; }
static inline void kw_storage_may_go(struct kw_storage *storage, struct kw_flow *flow, int may_go) {
  (void)storage, (void)flow, (void)may_go;
}

static inline struct kw_affinity_place *kw_storage_affinity(struct kw_storage *storage, uint32_t set) {
  (void)storage, (void)set;
  return NULL;
}

static inline struct kw_fragment_record *kw_storage_fragment(struct kw_storage *storage, uint32_t place) {
  (void)storage, (void)place;
  return NULL;
}

static inline struct kw_ipvs_server *kw_storage_server(struct kw_storage *storage, uint32_t frontend, uint32_t local) {
  (void)storage, (void)frontend, (void)local;
  return NULL;
}

static inline const struct kw_ipvs_books *kw_storage_books(struct kw_storage *storage) {
  (void)storage;
  return NULL;
}

static inline const struct kw_perfect_row *kw_storage_seen(struct kw_storage *storage) {
  (void)storage;
  return NULL;
}

static inline uint32_t kw_storage_age(struct kw_storage *storage) {
  (void)storage;
  return 1;
}

static inline void kw_storage_keep(struct kw_storage *storage) { (void)storage; }

static inline uint32_t kw_storage_random(struct kw_storage *storage) {
  (void)storage;
  return 0;
}

#endif
