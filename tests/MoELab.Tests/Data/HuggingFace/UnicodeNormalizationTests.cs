using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>Examples of Unicode Standard Annex 15, without the library; its tests compare the rest.</summary>
public sealed class UnicodeNormalizationTests
{
    [Theory]
    [InlineData("plain ASCII", "plain ASCII", "plain ASCII", "plain ASCII", "plain ASCII")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("\uAC01", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uFB01\u00BD", "\uFB01\u00BD", "\uFB01\u00BD", "fi1\u20442", "fi1\u20442")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\u1EA4\u0041\u0302\u0301", "\u1EA4\u1EA4", "A\u0302\u0301A\u0302\u0301", "\u1EA4\u1EA4", "A\u0302\u0301A\u0302\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    public void The_four_forms_are_those_of_the_standard(string text, string nfc, string nfd, string nfkc, string nfkd)
    {
        Assert.Equal(nfc, UnicodeNormalization.Normalize(text, compatible: false, compose: true));
        Assert.Equal(nfd, UnicodeNormalization.Normalize(text, compatible: false, compose: false));
        Assert.Equal(nfkc, UnicodeNormalization.Normalize(text, compatible: true, compose: true));
        Assert.Equal(nfkd, UnicodeNormalization.Normalize(text, compatible: true, compose: false));
    }
}
