namespace MoELab.Views;

/// <summary>What a figure stands on: a page of this library, or an output that a front end may not trust.</summary>
internal enum FigurePage
{
    /// <summary>A page of this library, whose style drawings follow.</summary>
    Own,

    /// <summary>A cell's output: drawings are images, see <see cref="SvgWriter.Image"/>.</summary>
    Output,
}

/// <summary>Static pictures as a page takes them.</summary>
internal static class FigurePages
{
    extension(FigurePage page)
    {
        /// <summary>The static picture.</summary>
        public Markup Still(Scene scene) => page == FigurePage.Own ? SvgWriter.Write(scene, styled: false) : SvgWriter.Image(scene);
    }
}
