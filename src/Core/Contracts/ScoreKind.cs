namespace MoELab.Contracts;

/// <summary>What kind of number a router scores or chooses by: its range, and whether a token's sum to 1.</summary>
public enum ScoreKind
{
    /// <summary>No number decides: a table, a rule, a file, or a choice that is not the K largest of a token.</summary>
    None,

    /// <summary>A number of any range, from a router that declares no more.</summary>
    Any,

    /// <summary>A sigmoid: from 0 to 1, each expert by itself.</summary>
    Sigmoid,

    /// <summary>A share: from 0 to 1, and those of a token sum to 1.</summary>
    Probability,

    /// <summary>A logit: any real number.</summary>
    Logit,

    /// <summary>A rectified logit: 0 or more.</summary>
    Rectified,
}
