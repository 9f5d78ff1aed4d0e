using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Monorepo.Host.Health;

/// <summary>
/// <c>GET /healthz</c>: 200 with the text "ok", or 503 with <c>{"status":"unavailable","reasons":[…]}</c>. For load balancers
/// and supervisors that don't speak gRPC's health protocol.
/// </summary>
internal static class HealthEndpoint
{
    public const string Path = "/healthz";

    public static async Task WriteAsync(HttpContext context, IReadOnlyList<string> problems)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return;
        }

        if (problems.Count == 0)
        {
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("ok\n", context.RequestAborted);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            JsonSerializer.Serialize(new HealthReport("unavailable", problems), HealthReportContext.Default.HealthReport), context.RequestAborted);
    }
}

internal sealed record HealthReport(string Status, IReadOnlyList<string> Reasons);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthReportContext : JsonSerializerContext;
