namespace MoELab.Views.Html;

/// <summary>Where a figure is shown.</summary>
internal enum FigurePage
{
    /// <summary>A page of this library, whose style drawings follow.</summary>
    Own,

    /// <summary>A cell's output, which a front end may not trust: drawings are images, see <see cref="SvgWriter.Image"/>.</summary>
    Output,
}
