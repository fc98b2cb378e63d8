using System.ComponentModel;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="SoftmaxTopK"/>.</summary>
public sealed record SoftmaxTopKOptions
{
    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum (norm_topk_prob); true gives the gates of top-k-softmax.")]
    public bool Renormalise { get; init; }
}
