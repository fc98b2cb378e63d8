using Microsoft.AspNetCore.Http;
using MoELab.Recipes.Input;

namespace MoELab.Board.Hosting;

/// <summary>The JSON of a request that changes something.</summary>
internal static class RequestBody
{
    public const int MostBytes = 1 << 20;

    /// <exception cref="InputException">It is no JSON, or is not called JSON: a form of another site cannot say so.</exception>
    public static async Task<JsonField> Read(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            throw new BadHttpRequestException("The board takes changes as application/json only.", StatusCodes.Status415UnsupportedMediaType);
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted).ConfigureAwait(false);
        var body = InputJson.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), "the request", "an object");
        return body.Node is JsonObject ? body : throw body.Unfit("an object");
    }
}
