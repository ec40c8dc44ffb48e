// Beam's job server for Flink, but for one thing: with each job it sends the cluster no jar, for the cluster was started with the same ones. Beam's own
// sends all of its class path, 220 MB, with every stage. Run from source: java -cp JARS JobServer.java --flink-master=... --job-port=...

import java.util.List;
import org.apache.beam.model.pipeline.v1.RunnerApi;
import org.apache.beam.runners.flink.FlinkJobInvoker;
import org.apache.beam.runners.flink.FlinkJobServerDriver;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkPipelineRunner;
import org.apache.beam.runners.jobsubmission.JobInvocation;
import org.apache.beam.runners.jobsubmission.PortablePipelineRunner;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.vendor.guava.v32_1_2_jre.com.google.common.util.concurrent.ListeningExecutorService;

public class JobServer {
  public static void main(String[] arguments) throws Exception {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    var configuration = FlinkJobServerDriver.parseArgs(arguments);
    FlinkJobServerDriver.fromConfig(configuration, () -> new Invoker(configuration)).run();
  }

  static class Invoker extends FlinkJobInvoker {
    Invoker(FlinkJobServerDriver.FlinkServerConfiguration configuration) {
      super(configuration);
    }

    @Override
    protected JobInvocation createJobInvocation(
        String invocation, String token, ListeningExecutorService executor, RunnerApi.Pipeline pipeline, FlinkPipelineOptions options,
        PortablePipelineRunner runner) {
      var bare = new FlinkPipelineRunner(options, System.getenv("FLINK_CONF_DIR"), List.of());
      return super.createJobInvocation(invocation, token, executor, pipeline, options, bare);
    }
  }
}
