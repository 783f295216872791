package v2

import (
	"context"

	metadata "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata/v2"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// metadataEntries reads what is to be set.
func metadataEntries[E interface {
	GetKey() string
	GetValue() []byte
}](in []E) []iam.MetadataEntry {
	return mapSlice(in, func(e E) iam.MetadataEntry { return iam.MetadataEntry{Key: e.GetKey(), Value: e.GetValue()} })
}

func metadataQuery(f *metadata.MetadataSearchFilter) (iam.Filter, error) {
	if f, ok := f.GetFilter().(*metadata.MetadataSearchFilter_KeyFilter); ok {
		return text(iam.FieldKey, f.KeyFilter.GetKey(), f.KeyFilter.GetMethod())
	}
	return iam.Filter{}, noQuery()
}

func toMetadata(m iam.Metadata) *metadata.Metadata {
	return &metadata.Metadata{CreationDate: call.Time(m.Created), ChangeDate: call.Time(m.Changed), Key: m.Key, Value: m.Value}
}

// SetUserMetadata sets metadata entries of a user, all or none. An empty value
// removes its entry, if there is one.
func (s *Users) SetUserMetadata(ctx context.Context, req *user.SetUserMetadataRequest) (*user.SetUserMetadataResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.SetMetadata(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetUserId(), metadataEntries(req.GetMetadata()))
	date, err := changed(m.Meta, err)
	if err != nil {
		return nil, err
	}
	return &user.SetUserMetadataResponse{SetDate: date}, nil
}

// ListUserMetadata lists the metadata of a user.
func (s *Users) ListUserMetadata(ctx context.Context, req *user.ListUserMetadataRequest) (*user.ListUserMetadataResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	p := unsorted(req.GetPagination())
	f, err := all(req.GetFilters(), metadataQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.MetadataEntries(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetUserId(), f, p)
	if err != nil {
		return nil, err
	}
	return &user.ListUserMetadataResponse{Pagination: pagination(l.Total, p), Metadata: mapSlice(l.Items, toMetadata)}, nil
}

// DeleteUserMetadata removes metadata entries of a user, all or none. One that
// is not there is an error, as in Zitadel.
func (s *Users) DeleteUserMetadata(ctx context.Context, req *user.DeleteUserMetadataRequest) (*user.DeleteUserMetadataResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.RemoveMetadata(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetUserId(), req.GetKeys())
	if err != nil {
		return nil, err
	}
	return &user.DeleteUserMetadataResponse{DeletionDate: call.Time(m.Changed)}, nil
}

// SetOrganizationMetadata sets metadata entries of an organization, all or none.
// An empty value removes its entry, if there is one.
func (s *Organizations) SetOrganizationMetadata(ctx context.Context, req *org.SetOrganizationMetadataRequest) (*org.SetOrganizationMetadataResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.SetMetadata(ctx, call.Caller(ctx), iam.MetadataOfOrg, req.GetOrganizationId(), metadataEntries(req.GetMetadata()))
	date, err := changed(m.Meta, err)
	if err != nil {
		return nil, err
	}
	return &org.SetOrganizationMetadataResponse{SetDate: date}, nil
}

// ListOrganizationMetadata lists the metadata of an organization.
func (s *Organizations) ListOrganizationMetadata(ctx context.Context, req *org.ListOrganizationMetadataRequest) (*org.ListOrganizationMetadataResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	p := unsorted(req.GetPagination())
	f, err := all(req.GetFilters(), metadataQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.MetadataEntries(ctx, call.Caller(ctx), iam.MetadataOfOrg, req.GetOrganizationId(), f, p)
	if err != nil {
		return nil, err
	}
	return &org.ListOrganizationMetadataResponse{Pagination: pagination(l.Total, p), Metadata: mapSlice(l.Items, toMetadata)}, nil
}

// DeleteOrganizationMetadata removes metadata entries of an organization, all or
// none. One that is not there is an error, as in Zitadel.
func (s *Organizations) DeleteOrganizationMetadata(ctx context.Context, req *org.DeleteOrganizationMetadataRequest) (*org.DeleteOrganizationMetadataResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.RemoveMetadata(ctx, call.Caller(ctx), iam.MetadataOfOrg, req.GetOrganizationId(), req.GetKeys())
	if err != nil {
		return nil, err
	}
	return &org.DeleteOrganizationMetadataResponse{DeletionDate: call.Time(m.Changed)}, nil
}
