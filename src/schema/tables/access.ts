// access.ts - types of the API: roles, and the reviews that ask who may do what. Written after the API's types.go (Kubernetes 1.36).

/** The notation is told in types.ts. */
export const ACCESS = `
# rbac.authorization.k8s.io/v1
rbac.v1.Role kind=rbac.authorization.k8s.io/v1/Role
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 rules [rbac.v1.PolicyRule list=atomic
rbac.v1.ClusterRole kind=rbac.authorization.k8s.io/v1/ClusterRole
 aggregationRule rbac.v1.AggregationRule
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 rules [rbac.v1.PolicyRule list=atomic
rbac.v1.AggregationRule
 clusterRoleSelectors [meta.v1.LabelSelector list=atomic
rbac.v1.PolicyRule
 apiGroups [s list=atomic
 nonResourceURLs [s list=atomic
 resourceNames [s list=atomic
 resources [s list=atomic
 verbs! [s list=atomic
rbac.v1.RoleBinding kind=rbac.authorization.k8s.io/v1/RoleBinding
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 roleRef! rbac.v1.RoleRef default={}
 subjects [rbac.v1.Subject list=atomic
rbac.v1.ClusterRoleBinding kind=rbac.authorization.k8s.io/v1/ClusterRoleBinding
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 roleRef! rbac.v1.RoleRef default={}
 subjects [rbac.v1.Subject list=atomic
rbac.v1.RoleRef map=atomic
 apiGroup! s default=""
 kind! s default=""
 name! s default=""
rbac.v1.Subject map=atomic
 apiGroup s
 kind! s default=""
 name! s default=""
 namespace s
# authorization.k8s.io/v1 and authentication.k8s.io/v1: asked, never stored
authorization.v1.SelfSubjectAccessReview kind=authorization.k8s.io/v1/SelfSubjectAccessReview
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! authorization.v1.SubjectAccessReviewSpec default={}
 status authorization.v1.SubjectAccessReviewStatus default={}
authorization.v1.SubjectAccessReview kind=authorization.k8s.io/v1/SubjectAccessReview
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! authorization.v1.SubjectAccessReviewSpec default={}
 status authorization.v1.SubjectAccessReviewStatus default={}
authorization.v1.LocalSubjectAccessReview kind=authorization.k8s.io/v1/LocalSubjectAccessReview
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! authorization.v1.SubjectAccessReviewSpec default={}
 status authorization.v1.SubjectAccessReviewStatus default={}
authorization.v1.SubjectAccessReviewSpec
 extra {[s
 groups [s list=atomic
 nonResourceAttributes authorization.v1.NonResourceAttributes
 resourceAttributes authorization.v1.ResourceAttributes
 uid s
 user s
authorization.v1.NonResourceAttributes
 path s
 verb s
authorization.v1.ResourceAttributes
 fieldSelector x
 group s
 labelSelector x
 name s
 namespace s
 resource s
 subresource s
 verb s
 version s
authorization.v1.SubjectAccessReviewStatus
 allowed! b default=false
 denied b
 evaluationError s
 reason s
authorization.v1.SelfSubjectRulesReview kind=authorization.k8s.io/v1/SelfSubjectRulesReview
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! authorization.v1.SelfSubjectRulesReviewSpec default={}
 status authorization.v1.SubjectRulesReviewStatus default={}
authorization.v1.SelfSubjectRulesReviewSpec
 namespace s
authorization.v1.SubjectRulesReviewStatus
 evaluationError s
 incomplete! b default=false
 nonResourceRules! [authorization.v1.NonResourceRule list=atomic
 resourceRules! [authorization.v1.ResourceRule list=atomic
authorization.v1.NonResourceRule
 nonResourceURLs [s list=atomic
 verbs! [s list=atomic
authorization.v1.ResourceRule
 apiGroups [s list=atomic
 resourceNames [s list=atomic
 resources [s list=atomic
 verbs! [s list=atomic
authentication.v1.TokenReview kind=authentication.k8s.io/v1/TokenReview
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! authentication.v1.TokenReviewSpec default={}
 status authentication.v1.TokenReviewStatus default={}
authentication.v1.TokenReviewSpec
 audiences [s list=atomic
 token s
authentication.v1.TokenReviewStatus
 audiences [s list=atomic
 authenticated b
 error s
 user authentication.v1.UserInfo default={}
authentication.v1.SelfSubjectReview kind=authentication.k8s.io/v1/SelfSubjectReview
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 status authentication.v1.SelfSubjectReviewStatus default={}
authentication.v1.SelfSubjectReviewStatus
 userInfo authentication.v1.UserInfo default={}
authentication.v1.UserInfo
 extra {[s
 groups [s list=atomic
 uid s
 username s
`;
