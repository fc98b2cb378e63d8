using System.Xml.Linq;
using MoELab.Views;
using MoELab.Views.Scenes;
using MoELab.Views.Tables;
using SkiaSharp;

namespace MoELab.Tests.Views;

public sealed class PngTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_heatmaps_pixels_have_the_fill_colours_of_its_svg(bool dark)
    {
        var run = SyntheticRun.Create("png", steps: 6, layers: 2, experts: 5);
        var view = run.Views.Routing();
        var path = run.PathOf("view.png");
        view.SavePng(path, width: 1440, dark: dark);
        using var bitmap = SKBitmap.Decode(path);
        Assert.Equal(1440, bitmap.Width);
        var root = XDocument.Parse(view.ToSvg()).Root!;
        Assert.Equal((int)Math.Round(2 * N(root, "height")), bitmap.Height);
        var colors = Palette.ColorTable(dark);
        var cells = root.Elements().Where(e => e.Name.LocalName == "rect").Take(10).ToList();
        foreach (var cell in cells)
        {
            var pixel = bitmap.GetPixel((int)(2 * (N(cell, "x") + (N(cell, "width") / 2))), (int)(2 * (N(cell, "y") + (N(cell, "height") / 2))));
            Assert.Equal(SKColor.Parse(colors[cell.Attribute("class")!.Value]), pixel);
        }

        static double N(XElement e, string name) => double.Parse(e.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Every_view_has_a_png_of_its_own_size_and_not_of_one_colour()
    {
        var run = SyntheticRun.Create("pngs", steps: 60);
        foreach (var view in new View[] { run.Views.Loss(), run.Views.Domains(), run.Views.MaxVio(), run.Views.Loads(), run.Views.Bias(), run.Views.Experts(), new RunTable([run]) })
        {
            view.SavePng(run.PathOf("v.png"), scale: 1);
            using var bitmap = SKBitmap.Decode(run.PathOf("v.png"));
            Assert.Equal(720, bitmap.Width);
            Assert.True(bitmap.Pixels.Distinct().Count() > 8, view.Title);
        }
        Assert.Throws<InputException>(() => run.Views.Loss().SavePng(run.PathOf("v.png"), width: 0));
    }
}
