package iam

// MetadataLevel says whether metadata is a user's or an organization's.
type MetadataLevel string

// The levels.
const (
	MetadataOfUser MetadataLevel = "user"
	MetadataOfOrg  MetadataLevel = "org"
)

// Bounds of metadata. Values are counted in bytes. All entries of one owner
// together fit into one message of a gRPC client, which takes 4 MiB unless told
// otherwise.
const (
	MaxMetadataValue   = 500_000
	MaxMetadataEntries = 1000
	MaxMetadataSize    = 3_500_000 // keys and values of one owner
	MaxMetadataAtOnce  = 200       // entries that one call sets or removes
)

// MaxClaimedMetadata bounds, in bytes of keys and values, the metadata of a user
// that goes into its tokens.
const MaxClaimedMetadata = 4 << 10

// Metadata is one entry of what clients keep about a user or an organization.
// Keys are told apart by case. A value is bytes without a meaning here, never empty.
type Metadata struct {
	Level   MetadataLevel
	OwnerID string // the user or organization
	OrgID   string // the owner's organization, or the owner
	Key     string
	Value   []byte
	Meta
}

// MetadataEntry is what is to be set: an empty value removes the entry.
type MetadataEntry struct {
	Key   string
	Value []byte
}

// CheckMetadata says whether entries may be set at once. Kind: InvalidArgument,
// also for a key that is named twice.
func CheckMetadata(entries []MetadataEntry) error {
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
		if len(e.Value) > MaxMetadataValue {
			return Errorf(InvalidArgument, "META-long1", "a metadata value must have at most %d bytes", MaxMetadataValue).At(FieldValue)
		}
	}
	return CheckMetadataKeys(keys)
}

// CheckMetadataKeys says whether entries with these keys may be set or removed
// at once. Kind: InvalidArgument.
func CheckMetadataKeys(keys []string) error {
	switch {
	case len(keys) == 0:
		return Errorf(InvalidArgument, "META-none1", "at least one metadata entry must be named").At(FieldKey)
	case len(keys) > MaxMetadataAtOnce:
		return Errorf(InvalidArgument, "META-many1", "at most %d metadata entries can be named at once", MaxMetadataAtOnce).At(FieldKey)
	}
	seen := make(map[string]bool, len(keys))
	for _, k := range keys {
		if err := checkText(FieldKey, "the metadata key", k, false, MaxName); err != nil {
			return err
		}
		if seen[k] {
			return Errorf(InvalidArgument, "META-twice", "a metadata key is named twice").At(FieldKey)
		}
		seen[k] = true
	}
	return nil
}

// MetadataUse is how much metadata an owner has.
type MetadataUse struct {
	Entries int
	Size    int // bytes of keys and values
}

// Check says whether an owner may have so much. Kind: FailedPrecondition.
func (u MetadataUse) Check() error {
	if u.Entries > MaxMetadataEntries || u.Size > MaxMetadataSize {
		return Errorf(FailedPrecondition, "META-full1", "a user or an organization has at most %d metadata entries and %d bytes of them",
			MaxMetadataEntries, MaxMetadataSize).At(FieldValue)
	}
	return nil
}
