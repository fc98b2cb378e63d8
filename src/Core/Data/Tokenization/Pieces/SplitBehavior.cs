namespace MoELab.Data;

/// <summary>What becomes of the matches that cut a text; the names are Hugging Face's.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
