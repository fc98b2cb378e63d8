namespace MoELab.Views;

/// <summary>A value with forms of its own in a notebook.</summary>
internal interface INotebookValue
{
    /// <summary>The value in a form; null where it has none.</summary>
    string? As(string mimeType);
}
