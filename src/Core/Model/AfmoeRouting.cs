using MoELab.Routing.Routers;

namespace MoELab.Model;

/// <summary>
/// Routing as AFMoE's <c>config.json</c> can express it: sigmoid or softmax scores, gates divided by their sum or not, and groups of
/// experts with sigmoid scores. Of MoELab's routers that is <c>sigmoid-top-k</c>, <c>softmax-top-k</c> and <c>group-limited</c>.
/// </summary>
/// <param name="ScoreFunction"><c>score_func</c>: sigmoid or softmax.</param>
/// <param name="Normalise"><c>route_norm</c>.</param>
/// <param name="Groups"><c>n_group</c>; 1 for none.</param>
/// <param name="KeptGroups"><c>topk_group</c>.</param>
internal sealed record AfmoeRouting(string ScoreFunction, bool Normalise, int Groups = 1, int KeptGroups = 1)
{
    public const string Sigmoid = "sigmoid", Softmax = "softmax";

    private const string SigmoidRouter = "sigmoid-top-k", SoftmaxRouter = "softmax-top-k", GroupRouter = "group-limited";

    /// <summary>A router in AFMoE's terms; null if AFMoE cannot express it.</summary>
    /// <exception cref="InputException">An option that the router does not have.</exception>
    public static AfmoeRouting? Of(PluginChoice router) => router.Name switch
    {
        SigmoidRouter => Options<SigmoidTopKOptions>(router) is { Compare: RouterComparison.Score } o ? new(Sigmoid, o.Normalise) : null,
        SoftmaxRouter => new(Softmax, Options<SoftmaxTopKOptions>(router).Renormalise),
        GroupRouter => Options<GroupLimitedOptions>(router) is var g ? new(Sigmoid, g.Normalise, g.Groups, g.KeptGroups) : null,
        _ => null,
    };

    /// <summary>The router that computes this routing.</summary>
    public PluginChoice ToRouter() => this switch
    {
        { Groups: > 1 } => PluginChoice.Of(GroupRouter, new { groups = Groups, kept_groups = KeptGroups, normalise = Normalise }),
        { ScoreFunction: Softmax } => PluginChoice.Of(SoftmaxRouter, new { renormalise = Normalise }),
        _ => PluginChoice.Of(SigmoidRouter, new { normalise = Normalise }),
    };

    private static T Options<T>(PluginChoice router) => (T)OptionsBinder.Bind(typeof(T), router.Options, "router");
}
