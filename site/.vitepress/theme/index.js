import DefaultTheme from 'vitepress/theme';
import {defineAsyncComponent} from 'vue';
import Layout from './Layout.vue';
import Listing from './Listing.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout,
  enhanceApp({app}) {
    app.component('Listing', Listing);
    // With TensorFlow.js, which other pages need not load.
    app.component(
      'Playground',
      defineAsyncComponent(() => import('./playground/Playground.vue')),
    );
  },
};
