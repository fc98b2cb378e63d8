using System.Net;
using System.Net.Http.Headers;
using MoELab.Board;
using MoELab.Tests.Views;

namespace MoELab.Tests.Board;

/// <summary>Who gets in: whoever has the token, from the board's own page, on this machine.</summary>
public sealed class BoardGuardTests : IAsyncLifetime
{
    private BoardServer _board = null!;
    private HttpClient _stranger = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var runs = TestFolders.New("runs");
        SyntheticRun.Create("a", steps: 5, runs: runs);
        _board = await BoardServer.StartAsync(new BoardOptions(runs, Port: 0), Cancel);
        _stranger = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(_board.Address, "/") };
    }

    public async ValueTask DisposeAsync()
    {
        _stranger.Dispose();
        await _board.DisposeAsync();
    }

    [Fact]
    public async Task The_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get_and_leaves_the_address()
    {
        var answer = await _stranger.GetAsync(_board.Address + "&tab=sql&run=a", Cancel);
        Assert.Equal((HttpStatusCode.Redirect, "/?tab=sql&run=a"), (answer.StatusCode, answer.Headers.Location!.ToString()));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith($"moelab-board-{_board.Address.Port}=", cookie);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await Send("/", cookie.Split(';')[0])).Status);
    }

    [Theory]
    [InlineData("/", "needs its token")]
    [InlineData("/api/runs", "needs its token")]
    [InlineData("/board.js", "needs its token")]
    [InlineData("/?token=wrong", "has another token")]
    [InlineData("/?token=", "has another token")]
    public async Task Without_the_token_there_is_one_sentence(string path, string sentence)
    {
        var (status, text, _) = await Send(path);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains(sentence, text);
        Assert.Single(text.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_cookie_with_another_token_is_refused() =>
        Assert.Equal(HttpStatusCode.Forbidden, (await Send("/", $"moelab-board-{_board.Address.Port}=0123")).Status);

    [Theory]
    [InlineData("Host", "rebound.example:{port}", "answers only as")]
    [InlineData("Host", "127.0.0.1:1", "answers only as")]
    [InlineData("Host", "127.0.0.1", "answers only as")]
    [InlineData("Origin", "http://evil.example", "comes from another site")]
    [InlineData("Origin", "http://localhost:1", "comes from another site")]
    [InlineData("Origin", "null", "comes from another site")]
    [InlineData("Sec-Fetch-Site", "cross-site", "comes from another site")]
    [InlineData("Sec-Fetch-Site", "same-site", "comes from another site")]
    public async Task Other_sites_are_refused_even_with_the_cookie(string header, string value, string sentence)
    {
        foreach (var path in new[] { "/", "/api/runs", _board.Address.PathAndQuery })
        {
            var (status, text, _) = await Send(path, Cookie(), (header, value.Replace("{port}", $"{_board.Address.Port}", StringComparison.Ordinal)));
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains(sentence, text);
        }
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task Names_of_this_machine_are_its_own(string host) =>
        Assert.Equal(HttpStatusCode.OK, (await Send("/api/runs", Cookie(), ("Host", $"{host}:{_board.Address.Port}"))).Status);

    [Fact]
    public async Task A_form_of_another_site_changes_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/delete") { Content = new StringContent("{\"run\":\"a\",\"confirm\":\"a\"}") };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        request.Headers.Add("Cookie", Cookie());
        var answer = await _stranger.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("application/json only", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Send("/api/delete?run=a&confirm=a", Cookie())).Status);
        Assert.Equal(HttpStatusCode.OK, (await Send("/api/run?run=a", Cookie())).Status);
    }

    [Fact]
    public async Task The_page_may_load_nothing_from_elsewhere_and_run_no_script_of_its_own()
    {
        var (_, page, headers) = await Send("/", Cookie());
        var policy = headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotContain("http", policy);
        Assert.DoesNotContain("://", page);
        Assert.DoesNotContain("style=", page);
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_report_has_no_origin_with_which_its_scripts_could_reach_the_board()
    {
        var (_, _, headers) = await Send("/report?run=a", Cookie());
        Assert.StartsWith("sandbox allow-scripts;", headers.GetValues("Content-Security-Policy").Single());
    }

    private string Cookie() => $"moelab-board-{_board.Address.Port}={_board.Address.Query["?token=".Length..]}";

    private async Task<(HttpStatusCode Status, string Text, HttpResponseHeaders Headers)> Send(string path, string? cookie = null, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        if (header is { } h)
            request.Headers.TryAddWithoutValidation(h.Name, h.Value);
        var answer = await _stranger.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel), answer.Headers);
    }
}
