namespace MoELab.Contracts;

/// <summary>What turns logits into scores.</summary>
internal enum ScoreFunction
{
    /// <summary>The sigmoid of each logit.</summary>
    Sigmoid,

    /// <summary>The softmax over a token's experts.</summary>
    Softmax,
}
