package main

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/client-go/informers"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
)

// question is a policy with a binding, put to requests one by one. An object is taken as it is, nothing is added.
type question struct {
	Policy    admissionv1.ValidatingAdmissionPolicy        `json:"policy"`
	Binding   admissionv1.ValidatingAdmissionPolicyBinding `json:"binding"`
	Params    []map[string]any                             `json:"params"`
	ParamKind string                                       `json:"paramResource"`
	Namespace *corev1.Namespace                            `json:"namespace"`
	Requests  []admissionRequest                           `json:"requests"`
}

type admissionRequest struct {
	Object      map[string]any `json:"object"`
	OldObject   map[string]any `json:"oldObject"`
	Operation   string         `json:"operation"`
	Resource    string         `json:"resource"`
	Subresource string         `json:"subresource"`
	Namespaced  bool           `json:"namespaced"`
}

// judgement is what the policy makes of a request: whether it matches, and for each validation that does not hold what
// kind of decision it is and its message.
type judgement struct {
	Matches   bool       `json:"matches"`
	Decisions []decision `json:"decisions"`
	Error     string     `json:"error,omitempty"`
}

type decision struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Reason  string `json:"reason,omitempty"`
}

func judge(asked question, server string) (found []judgement, refused string, err error) {
	parsed, err := version.ParseMajorMinor(server)
	if err != nil {
		return nil, "", err
	}
	env := environment.MustBaseEnvSet(parsed.SubtractMinor(1))
	completeMatch(asked.Policy.Spec.MatchConstraints)
	completeMatch(asked.Binding.Spec.MatchResources)
	evaluator, refused, err := compilePolicy(&asked.Policy, env)
	if err != nil || refused != "" {
		return nil, refused, err
	}
	namespaces := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	if asked.Namespace != nil {
		if err := namespaces.Add(asked.Namespace); err != nil {
			return nil, "", err
		}
	}
	matcher := generic.NewPolicyMatcher(matching.NewMatcher(listers.NewNamespaceLister(namespaces), nil))
	for _, request := range asked.Requests {
		found = append(found, judgeOne(asked, request, matcher, evaluator))
	}
	return found, "", nil
}

// completeMatch fills in what the API server fills in when a policy or a binding is stored.
func completeMatch(constraints *admissionv1.MatchResources) {
	if constraints == nil {
		return
	}
	if constraints.NamespaceSelector == nil {
		constraints.NamespaceSelector = &metav1.LabelSelector{}
	}
	if constraints.ObjectSelector == nil {
		constraints.ObjectSelector = &metav1.LabelSelector{}
	}
	if constraints.MatchPolicy == nil {
		constraints.MatchPolicy = ptr.To(admissionv1.Equivalent)
	}
	for _, rules := range [][]admissionv1.NamedRuleWithOperations{constraints.ResourceRules, constraints.ExcludeResourceRules} {
		for i := range rules {
			if rules[i].Scope == nil {
				rules[i].Scope = ptr.To(admissionv1.AllScopes)
			}
		}
	}
}

// compilePolicy does what the admission plugin does with a policy, but in the environment of new expressions, and tells
// the first expression that is refused.
func compilePolicy(policy *admissionv1.ValidatingAdmissionPolicy, env *environment.EnvSet) (validating.Validator, string, error) {
	options := plugincel.OptionalVariableDeclarations{HasParams: policy.Spec.ParamKind != nil, HasAuthorizer: true}
	plain := plugincel.OptionalVariableDeclarations{HasParams: policy.Spec.ParamKind != nil}
	mode := environment.NewExpressions
	compiler, err := plugincel.NewCompositedCompiler(env)
	if err != nil {
		return nil, "", err
	}
	refused := ""
	note := func(result plugincel.CompilationResult) {
		if result.Error != nil && refused == "" {
			refused = result.Error.Error()
		}
	}
	for _, each := range policy.Spec.Variables {
		note(compiler.CompileAndStoreVariable(&validating.Variable{Name: each.Name, Expression: each.Expression}, options, mode))
	}
	var conditions, validations, messages, annotations []plugincel.ExpressionAccessor
	for i := range policy.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&policy.Spec.MatchConditions[i]))
	}
	for _, each := range policy.Spec.Validations {
		condition := &validating.ValidationCondition{Expression: each.Expression, Message: each.Message, Reason: each.Reason}
		validations = append(validations, condition)
		if each.MessageExpression == "" {
			messages = append(messages, nil)
			continue
		}
		message := &validating.MessageExpressionCondition{MessageExpression: each.MessageExpression}
		note(compiler.CompileCELExpression(message, plain, mode))
		messages = append(messages, message)
	}
	for _, each := range policy.Spec.AuditAnnotations {
		annotation := &validating.AuditAnnotationCondition{Key: each.Key, ValueExpression: each.ValueExpression}
		annotations = append(annotations, annotation)
	}
	for _, each := range append(append(append([]plugincel.ExpressionAccessor{}, conditions...), validations...), annotations...) {
		note(compiler.CompileCELExpression(each, options, mode))
	}
	if refused != "" {
		return nil, refused, nil
	}
	var matcher matchconditions.Matcher
	if len(conditions) > 0 {
		condition := compiler.CompileCondition(conditions, options, mode)
		matcher = matchconditions.NewMatcher(condition, policy.Spec.FailurePolicy, "policy", "validate", policy.Name)
	}
	return validating.NewValidator(
		compiler.CompileCondition(validations, options, mode),
		matcher,
		compiler.CompileCondition(annotations, options, mode),
		compiler.CompileCondition(messages, plain, mode),
		policy.Spec.FailurePolicy,
		nil,
	), "", nil
}

func judgeOne(asked question, request admissionRequest, matcher generic.PolicyMatcher, evaluator validating.Validator) (found judgement) {
	defer func() {
		if cause := recover(); cause != nil {
			found = judgement{Error: fmt.Sprintf("panic: %v", cause)}
		}
	}()
	attributes := attributesOf(request)
	interfaces := admission.NewObjectInterfacesFromScheme(runtime.NewScheme())
	policy, binding := &asked.Policy, &asked.Binding
	matches, resource, kind, err := matcher.DefinitionMatches(attributes, interfaces, validating.NewValidatingAdmissionPolicyAccessor(policy))
	if err != nil {
		return judgement{Error: err.Error()}
	}
	if matches {
		matches, err = matcher.BindingMatches(attributes, interfaces, validating.NewValidatingAdmissionPolicyBindingAccessor(binding))
		if err != nil {
			return judgement{Error: err.Error()}
		}
	}
	if !matches {
		return judgement{}
	}
	params, err := paramsOf(asked, attributes.GetNamespace())
	if err != nil {
		if policy.Spec.FailurePolicy != nil && *policy.Spec.FailurePolicy == admissionv1.Ignore {
			return judgement{Matches: true}
		}
		message := fmt.Errorf("failed to configure binding: %w", err).Error()
		return judgement{Matches: true, Decisions: []decision{{Kind: "error", Message: message}}}
	}
	versioned, err := admission.NewVersionedAttributes(attributes, kind, interfaces)
	if err != nil {
		return judgement{Error: err.Error()}
	}
	namespace := asked.Namespace
	if attributes.GetNamespace() == "" || attributes.GetKind().GroupKind() == (schema.GroupKind{Kind: "Namespace"}) {
		namespace = nil
	}
	found = judgement{Matches: true}
	for _, param := range params {
		result := evaluator.Validate(context.Background(), resource, versioned, param, namespace, celconfig.RuntimeCELCostBudget, silent{})
		for _, each := range result.Decisions {
			if each.Action == validating.ActionDeny {
				kind := "deny"
				if each.Evaluation == validating.EvalError {
					kind = "error"
				}
				found.Decisions = append(found.Decisions, decision{kind, each.Message, string(each.Reason)})
			}
		}
		for _, each := range result.AuditAnnotations {
			if each.Action == validating.AuditAnnotationActionError {
				found.Decisions = append(found.Decisions, decision{"error", each.Error, ""})
			}
		}
	}
	return found
}

func attributesOf(request admissionRequest) admission.Attributes {
	known := request.Object
	if known == nil {
		known = request.OldObject
	}
	about := unstructured.Unstructured{Object: known}
	kind := about.GroupVersionKind()
	namespace := about.GetNamespace()
	if request.Namespaced && namespace == "" {
		namespace = "default"
	}
	if !request.Namespaced {
		namespace = ""
	}
	if kind.GroupKind() == (schema.GroupKind{Kind: "Namespace"}) {
		namespace = about.GetName()
	}
	return admission.NewAttributesRecord(
		objectOf(request.Object), objectOf(request.OldObject), kind, namespace, about.GetName(),
		kind.GroupVersion().WithResource(request.Resource), request.Subresource, admission.Operation(request.Operation),
		nil, false, &user.DefaultInfo{Name: "kubernetes-admin", Groups: []string{"system:masters", "system:authenticated"}},
	)
}

func objectOf(body map[string]any) runtime.Object {
	if body == nil {
		return nil
	}
	return &unstructured.Unstructured{Object: body}
}

// --- params ---

func paramsOf(asked question, namespace string) ([]runtime.Object, error) {
	store := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	scope := meta.RESTScope(meta.RESTScopeNamespace)
	for _, body := range asked.Params {
		param := &unstructured.Unstructured{Object: body}
		if param.GetNamespace() == "" {
			scope = meta.RESTScopeRoot
		}
		if err := store.Add(param); err != nil {
			return nil, err
		}
	}
	resource := schema.GroupResource{Resource: asked.ParamKind}
	informer := known{store, resource}
	return generic.CollectParams(asked.Policy.Spec.ParamKind, informer, scope, asked.Binding.Spec.ParamRef, namespace, nil, nil)
}

// known is an informer that has seen everything already.
type known struct {
	store    cache.Indexer
	resource schema.GroupResource
}

func (k known) Informer() cache.SharedIndexInformer { return synced{} }
func (k known) Lister() cache.GenericLister         { return cache.NewGenericLister(k.store, k.resource) }

type synced struct{ cache.SharedIndexInformer }

func (synced) HasSynced() bool { return true }

var _ informers.GenericInformer = known{}

// silent has no opinion on who may do what.
type silent struct{}

func (silent) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionNoOpinion, "", nil
}
