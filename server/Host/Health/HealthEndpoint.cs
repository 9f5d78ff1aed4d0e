using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Monorepo.Host.Health;

/// <summary>
/// <c>GET /healthz</c>: 200 with the text "ok"; 200 with <c>{"status":"degraded","reasons":[…]}</c> from a server that serves and should be looked at;
/// 503 with <c>{"status":"unavailable","reasons":[…]}</c>. For load balancers and supervisors that don't speak gRPC's health protocol.
/// </summary>
internal static class HealthEndpoint
{
    public const string Path = "/healthz";

    public static async Task WriteAsync(HttpContext context, IServerHealth health)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return;
        }

        IReadOnlyList<string> problems = health.FindProblems(), warnings = health.FindWarnings();
        if (problems.Count == 0 && warnings.Count == 0)
        {
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("ok\n", context.RequestAborted);
            return;
        }

        HealthReport report = problems.Count > 0 ? new HealthReport("unavailable", problems) : new HealthReport("degraded", warnings);
        context.Response.StatusCode = problems.Count > 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            JsonSerializer.Serialize(report, HealthReportContext.Default.HealthReport), context.RequestAborted);
    }
}

internal sealed record HealthReport(string Status, IReadOnlyList<string> Reasons);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthReportContext : JsonSerializerContext;
