using MoELab.Views.Figures;

namespace MoELab.Views;

/// <summary>A view that is a heatmap, with a slider where scripts run.</summary>
public abstract class HeatView : View
{
    /// <summary>What is drawn.</summary>
    internal abstract HeatPicture Picture { get; }

    /// <inheritdoc/>
    public override Scene Scene => Heatmap.Draw(Picture);

    internal override Markup Html(FigurePage page) => Picture.Frames.Cells.Count > 0 ? HtmlFigure.Heat(Picture, page) : base.Html(page);
}
