using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace MoELab.Board.Hosting;

/// <summary>
/// Lets through whoever has the token and comes from the board's own page. The address that is printed carries the token; it becomes a cookie
/// that scripts cannot read and that no other site's request brings, and the address loses it.
/// </summary>
/// <param name="token">The token.</param>
internal sealed class BoardGuard(string token)
{
    public const string TokenKey = "token";

    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types board";

    private readonly byte[] _token = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        var port = context.Connection.LocalPort;
        if (Refusal(request, port) is { } refusal)
        {
            await BoardErrors.Write(context, StatusCodes.Status403Forbidden, refusal).ConfigureAwait(false);
            return;
        }
        var cookie = FormattableString.Invariant($"moelab-board-{port}");
        if (request.Query.TryGetValue(TokenKey, out var given))
        {
            if (!Holds(given.ToString()))
            {
                await BoardErrors.Write(context, StatusCodes.Status403Forbidden,
                    "This address has another token than the board; open the address that 'moelab board' printed when it started.")
                    .ConfigureAwait(false);
                return;
            }
            context.Response.Cookies.Append(cookie, token, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
            var rest = new QueryBuilder(request.Query.Where(q => q.Key != TokenKey)
                .SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v ?? "")));
            context.Response.Redirect(request.Path + rest.ToQueryString());
            return;
        }
        if (!Holds(request.Cookies[cookie] ?? ""))
        {
            await BoardErrors.Write(context, StatusCodes.Status403Forbidden,
                "The board needs its token; open the address that 'moelab board' printed when it started.").ConfigureAwait(false);
            return;
        }
        await next(context).ConfigureAwait(false);
    }

    private bool Holds(string given) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), _token);

    // A page of another site can make a browser ask for anything here, also under a name of its own that leads to this machine.
    private static string? Refusal(HttpRequest request, int port)
    {
        if (!IsOwn(request.Host.Value ?? "", port))
            return FormattableString.Invariant($"The board answers only as 127.0.0.1:{port}, localhost:{port} or [::1]:{port}.");
        var origin = request.Headers.Origin.ToString();
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var isForeign = (origin.Length > 0 && origin != $"http://{request.Host.Value}") || site is not ("" or "same-origin" or "none");
        return isForeign ? "The board takes requests from its own page only; this one comes from another site." : null;
    }

    private static bool IsOwn(string host, int port) =>
        ((string[])["127.0.0.1", "localhost", "[::1]"]).Any(h => host == FormattableString.Invariant($"{h}:{port}") || (port == 80 && host == h));
}
