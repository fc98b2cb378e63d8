namespace MoELab.Data.Tokenization.Pieces;

/// <summary>What happens to the matches at which a text is split; the names are Hugging Face's.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
