package v2

import (
	"context"

	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateApplicationKey gives an application a further key, whose file is shown
// this once. Without an expiration date it does not expire.
func (s *Applications) CreateApplicationKey(ctx context.Context, req *application.CreateApplicationKeyRequest) (*application.CreateApplicationKeyResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	expires, err := call.FromTime(req.GetExpirationDate())
	if err != nil {
		return nil, err
	}
	k, file, err := s.Directory.AddApplicationKey(ctx, call.Caller(ctx), ref, expires)
	if err != nil {
		return nil, err
	}
	return &application.CreateApplicationKeyResponse{
		KeyId: k.ID, CreationDate: call.Time(k.Created), KeyDetails: []byte(file.Reveal()),
	}, nil
}

// DeleteApplicationKey removes a key. One that is not there is an error, as in Zitadel.
func (s *Applications) DeleteApplicationKey(ctx context.Context, req *application.DeleteApplicationKeyRequest) (*application.DeleteApplicationKeyResponse, error) {
	ref, err := applicationRef(req)
	if err == nil {
		err = required("key_id", req.GetKeyId())
	}
	if err != nil {
		return nil, err
	}
	k, err := s.Directory.RemoveApplicationKey(ctx, call.Caller(ctx), directory.ApplicationKeyRef{
		ProjectID: ref.ProjectID, ApplicationID: ref.ID, ID: req.GetKeyId(),
	})
	if err != nil {
		return nil, err
	}
	return &application.DeleteApplicationKeyResponse{DeletionDate: call.Time(k.Changed)}, nil
}

// GetApplicationKey finds a key, without the key itself.
func (s *Applications) GetApplicationKey(ctx context.Context, req *application.GetApplicationKeyRequest) (*application.GetApplicationKeyResponse, error) {
	if err := required("key_id", req.GetKeyId()); err != nil {
		return nil, err
	}
	k, err := s.Directory.ApplicationKey(ctx, call.Caller(ctx), directory.ApplicationKeyRef{ID: req.GetKeyId()})
	if err != nil {
		return nil, err
	}
	return &application.GetApplicationKeyResponse{KeyId: k.ID, CreationDate: call.Time(k.Created), ExpirationDate: call.Expiry(k.Expires)}, nil
}

// ListApplicationKeys lists the keys of applications that the caller may see.
func (s *Applications) ListApplicationKeys(ctx context.Context, req *application.ListApplicationKeysRequest) (*application.ListApplicationKeysResponse, error) {
	p, err := page(req.GetPagination(), map[application.ApplicationKeysSorting]iam.Field{
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_ID:              iam.FieldID,
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_PROJECT_ID:      iam.FieldProjectID,
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_APPLICATION_ID:  iam.FieldApplicationID,
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_CREATION_DATE:   iam.FieldCreated,
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_ORGANIZATION_ID: iam.FieldOrgID,
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_EXPIRATION:      iam.FieldExpires,
		application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_TYPE:            iam.FieldID, // all are of one type
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), func(f *application.ApplicationKeySearchFilter) (iam.Filter, error) {
		switch f := f.GetFilter().(type) {
		case *application.ApplicationKeySearchFilter_ApplicationIdFilter:
			return iam.FieldApplicationID.Is(f.ApplicationIdFilter.GetApplicationId()), nil
		case *application.ApplicationKeySearchFilter_ProjectIdFilter:
			return iam.FieldProjectID.Is(f.ProjectIdFilter.GetProjectId()), nil
		case *application.ApplicationKeySearchFilter_OrganizationIdFilter:
			return iam.FieldOrgID.Is(f.OrganizationIdFilter.GetOrganizationId()), nil
		}
		return iam.Filter{}, noQuery()
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.ApplicationKeys(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &application.ListApplicationKeysResponse{Pagination: pagination(l.Total, p), Keys: mapSlice(l.Items, toApplicationKey)}, nil
}

func toApplicationKey(k iam.ApplicationKey) *application.ApplicationKey {
	return &application.ApplicationKey{
		KeyId: k.ID, ApplicationId: k.ApplicationID, ProjectId: k.ProjectID, CreationDate: call.Time(k.Created),
		OrganizationId: k.OrgID, ExpirationDate: call.Expiry(k.Expires),
	}
}
